import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { buildSite } from '../../site/build.ts'
import { deadLinks } from '../../site/dead-links.ts'
import { beginAnew, isForeign } from '../../site/folder.ts'
import { navigation } from '../../site/navigation.ts'
import { linksIn, pageOf, summaryOf, twinOf, withSiteLinks } from '../../site/pages.ts'
import { root } from '../support/imports.ts'

const temporary = (): string => mkdtempSync(join(tmpdir(), 'groundcrew-site-'))

/** What llmstxt.org has as the order of the parts, read as its own parser does. */
const readLlms = (text: string) => {
  const [head = '', ...lists] = text.split(/^## (.*)$/m)
  const [, title, summary] = /^# (.+)\n+> (.+)\n+$/.exec(head) ?? []
  const links = lists.flatMap((part, at) => (at % 2 === 1 ? part.trim().split('\n') : []))
  const read = links.map((line) => /^- \[([^\]]+)\]\(([^)]+)\)(?:: (.+))?$/.exec(line))
  return {
    title,
    summary,
    sections: lists.filter((_, at) => at % 2 === 0),
    urls: read.map((one) => one?.[2]),
  }
}

suite('The documentation site', () => {
  const folder = temporary()
  const pages = navigation.flatMap(({ entries }) => entries.map(({ file }) => file))
  before(() => buildSite(folder))
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))

  test('has each page of docs/, once, as a page and as Markdown', () => {
    assert.deepEqual(new Set(pages).size, pages.length)
    const forgotten = globSync('docs/**/*.md', { cwd: root }).filter((file) => !pages.includes(file))
    assert.deepEqual(forgotten, [])
    for (const file of pages)
      for (const made of [pageOf(file), twinOf(file)]) assert(existsSync(join(folder, made)), made)
  })

  test('replaces what a build before has made, and nothing of others', async () => {
    const old = pageOf(pages.at(-1) ?? '')
    const own = { CNAME: 'docs.example', 'adr/notes.txt': 'mine' }
    for (const [file, text] of Object.entries(own)) writeFileSync(join(folder, file), text)
    rmSync(join(folder, old))
    writeFileSync(join(folder, 'style.css'), 'old')
    assert(!isForeign(folder))
    await buildSite(folder)
    await buildSite(folder)
    for (const [file, text] of Object.entries(own))
      assert.equal(readFileSync(join(folder, file), 'utf8'), text)
    assert(existsSync(join(folder, old)))
    assert.notEqual(readFileSync(join(folder, 'style.css'), 'utf8'), 'old')
    beginAnew(folder)
    assert.deepEqual(globSync('**/*.*', { cwd: folder }), ['adr/notes.txt'])
    assert(isForeign(folder))
    await buildSite(folder)
  })

  test('takes no folder for one of its own that merely looks so', (t) => {
    const other = temporary()
    t.after(() => rmSync(other, { recursive: true }))
    assert(!isForeign(other))
    for (const [file, text] of [
      ['llms.txt', '# Mine'],
      ['.groundcrew-site.json', '{ "made": ["../mine.txt"] }'],
    ] as const) {
      writeFileSync(join(other, file), text)
      assert(isForeign(other))
    }
    const { status, stderr } = spawnSync(process.execPath, ['bin/docs.ts', 'build', '--to', other], {
      cwd: root,
      encoding: 'utf8',
    })
    assert.equal(status, 2)
    assert.match(stderr, /holds other things/)
    assert(existsSync(join(other, 'llms.txt')))
  })

  test('begins with tasks: connect, collect, upgrade, get notified, destroy', () => {
    const html = readFileSync(join(folder, 'index.html'), 'utf8')
    const order = [
      'connect-a-dock',
      'collect-logs',
      'upgrade-a-fleet',
      'get-notified',
      'destroy',
      'events',
      'adr/index',
    ]
    const places = order.map((name) => html.indexOf(`<li><a href="${name}.html"`))
    assert(places.every((place, at) => place > (places[at - 1] ?? 0)))
  })

  test('names headings as GitHub does', () => {
    const ids = [...readFileSync(join(folder, 'destroy.html'), 'utf8').matchAll(/<h[12] id="([^"]+)"/g)]
    assert.deepEqual(
      ids.map(([, id]) => id),
      ['destroy-a-deployment', 'destroy', 'what-is-kept', 'delete-what-was-kept'],
    )
    assert.match(readFileSync(join(folder, 'webhooks.html'), 'utf8'), /id="what-your-answer-means"/)
  })

  test('tells programs of every page in llms.txt, by its Markdown', () => {
    const { title, summary, sections, urls } = readLlms(readFileSync(join(folder, 'llms.txt'), 'utf8'))
    assert.equal(title, 'Groundcrew')
    assert.match(summary ?? '', /\.$/)
    assert.equal(sections.at(-1), 'Optional')
    assert.deepEqual(urls, pages.map(twinOf))
  })
})

suite('A link that leads nowhere', () => {
  const files = {
    isFile: (path: string) =>
      ['README.md', 'docs/a.md', 'docs/adr/README.md', 'docs/b.png', 'lib/c.ts'].includes(path),
    isPage: (path: string) => path !== 'docs/a.md',
  }
  const inPage = (text: string) => withSiteLinks(text, 'docs/deploy.md', pageOf, files)

  test('is named where the file is missing or no page', () => {
    const { problems } = inPage('[x](missing.md) [y](a.md#z) [z](../lib)')
    assert.match(
      problems.join('\n'),
      /missing\.md leads to no file\n.*a\.md#z .*navigation.*\n.*\.\.\/lib leads to no file/,
    )
  })

  test('is found in a built page, in its Markdown and in llms.txt', (t) => {
    const folder = temporary()
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    mkdirSync(join(folder, 'adr'))
    writeFileSync(
      join(folder, 'a.html'),
      '<h1 id="top"></h1><a href="adr/b.html#yes">b</a><a href="#top">a</a><img src="c.png">',
    )
    writeFileSync(join(folder, 'adr/b.html'), '<h1 id="yes"></h1><a href="../a.html#no">a</a>')
    writeFileSync(join(folder, 'a.html.md'), '[a](#top) [b](adr/b.html.md#yes) [web](https://example.com/)')
    writeFileSync(join(folder, 'adr/b.html.md'), '[a](../a.html.md#no) `[c](no.md)`')
    writeFileSync(join(folder, 'llms.txt'), '- [a](a.html.md)\n- [d](d.html.md)\n')
    assert.deepEqual(deadLinks(folder).sort(), [
      'a.html: c.png leads nowhere',
      'adr/b.html.md: ../a.html.md#no leads nowhere',
      'adr/b.html: ../a.html#no leads nowhere',
      'llms.txt: d.html.md leads nowhere',
    ])
  })

  test('is none where it leads to a page, a folder with one, a picture, a source or the web', () => {
    const { text, problems, copied } = inPage(
      '[a](../README.md#b) [b](adr/) ![c](b.png) [d](../lib/c.ts) [e](https://x.invalid/y.md) [f](#here)',
    )
    assert.equal(
      text,
      '[a](index.html#b) [b](adr/index.html) ![c](b.png) [d](source/lib/c.ts.txt) [e](https://x.invalid/y.md) [f](#here)',
    )
    assert.deepEqual([problems, copied], [[], ['docs/b.png', 'lib/c.ts']])
  })

  test('is no link in code', () => {
    const code = 'a `x[0](y)` b\n\n```ts\nlist[0](z)\n```\n\n    ```\n    [a](b)\n    ```\n'
    assert.deepEqual([linksIn(code), inPage(code).text], [[], code])
  })
})

test('The summary of a page is its first sentence, without code, tables and marks', () => {
  const text =
    '# T\n\n```\ncode. More.\n```\n\n| a |\n|---|\n\n**Bold** [link](x.md) of\n`node_modules`, v1.2: yes. No.\n'
  assert.equal(summaryOf(text), 'Bold link of node_modules, v1.2.')
  assert.equal(summaryOf('# T\n\nStatus: accepted\n\n- list\n'), '')
})
