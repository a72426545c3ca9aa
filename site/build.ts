import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import Eleventy, { type Config } from '@11ty/eleventy'
import GithubSlugger from 'github-slugger'
import { deadLinks } from './dead-links.ts'
import { beginAnew } from './folder.ts'
import { type Names, pageAround } from './layout.ts'
import { llmsTxt } from './llms.ts'
import { navigation } from './navigation.ts'
import { copyOf, pageOf, summaryOf, titleOf, twinOf, withSiteLinks } from './pages.ts'

/**
 * The documentation as a site, made of the Markdown files as they are. Eleventy turns them into HTML and
 * watches them; here is what they have in common. Why Eleventy:
 * docs/adr/0050-the-site-is-made-of-the-files-as-they-are.md.
 */

const root = join(import.meta.dirname, '..')
const entries = new Map(
  navigation.flatMap((section) => section.entries.map((one) => [one.file, one] as const)),
)
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const isFile = (file: string): boolean =>
  statSync(join(root, file), { throwIfNoEntry: false })?.isFile() ?? false
const files = { isFile, isPage: (file: string) => entries.has(file) }

const names: Names = (file) => {
  const text = read(file)
  const title = titleOf(text)
  return { title, label: entries.get(file)?.label ?? title, summary: summaryOf(text) }
}

const sourceOf = (inputPath: string): string => relative(root, inputPath)

const write = (folder: string, file: string, text: string): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), text)
}

/** What the pages need beside themselves. Answers the links that lead nowhere. */
const finish = (folder: string): string[] => {
  const problems = [...entries.keys()].flatMap((file) => {
    const twin = withSiteLinks(read(file), file, twinOf, files)
    write(folder, twinOf(file), twin.text)
    for (const copied of twin.copied) {
      mkdirSync(dirname(join(folder, copyOf(copied))), { recursive: true })
      copyFileSync(join(root, copied), join(folder, copyOf(copied)))
    }
    return twin.problems
  })
  write(folder, 'llms.txt', llmsTxt(navigation, names))
  copyFileSync(join(import.meta.dirname, 'style.css'), join(folder, 'style.css'))
  return problems.length > 0 ? problems : deadLinks(folder)
}

/** Headings have the names that GitHub gives them: links to them hold in both places. */
const nameHeadings = (config: Config): void =>
  config.amendLibrary('md', (library) =>
    library.core.ruler.push('heading-ids', ({ tokens }) => {
      const slugger = new GithubSlugger()
      tokens.forEach((token, index) => {
        if (token.type !== 'heading_open') return
        const parts = tokens[index + 1]?.children ?? []
        token.attrSet('id', slugger.slug(parts.map(({ content }) => content).join('')))
      })
    }),
  )

const configure = (config: Config): void => {
  config.setTemplateFormats(['md'])
  // Curly brackets in the files are no template's.
  config.addGlobalData('templateEngineOverride', 'md')
  config.addGlobalData(
    'permalink',
    () =>
      ({ page }: { page: { inputPath: string } }) =>
        pageOf(sourceOf(page.inputPath)),
  )
  config.addPreprocessor('pages', 'md', ({ page }, content) => {
    const file = sourceOf(page.inputPath)
    return files.isPage(file) && withSiteLinks(content, file, pageOf, files).text
  })
  nameHeadings(config)
  config.addTransform('layout', function (content) {
    return pageAround(content, sourceOf(this.page.inputPath), navigation, names)
  })
}

const eleventy = (folder: string, more: (config: Config) => void = () => {}): Eleventy =>
  new Eleventy(relative(process.cwd(), root) || '.', relative(process.cwd(), folder), {
    quietMode: true,
    configPath: '',
    config: (config) => {
      configure(config)
      more(config)
    },
  })

/** Builds the site into this folder, in place of one that is there. Rejects with every link that leads nowhere. */
export const buildSite = async (folder: string): Promise<void> => {
  const note = beginAnew(folder)
  await eleventy(folder).write()
  const problems = finish(folder)
  note()
  if (problems.length > 0) throw new DeadLinks(problems)
}

export class DeadLinks extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
  }
}

/**
 * Builds it, and again after each change of a file, until it is stopped. `onBuilt` hears of links that
 * lead nowhere.
 */
export const watchSite = async (folder: string, onBuilt: (problems: string[]) => void) => {
  const note = beginAnew(folder)
  const site = eleventy(folder, (config) => {
    config.addWatchTarget('site/style.css')
    config.on('eleventy.after', () => {
      const problems = finish(folder)
      note()
      onBuilt(problems)
    })
  })
  await site.init()
  await site.watch()
  return { stop: () => site.stopWatch() }
}
