import { posix } from 'node:path'

/**
 * Where files of the repository are on the site, and how links between them become links between pages.
 * Paths are from the root of the repository and of the site, without a slash in front.
 */

const isMarkdown = (file: string): boolean => file.endsWith('.md')

/**
 * `docs/deploy.md` is `deploy.html`; a `README.md` is the `index.html` of its folder, that of the root
 * the first page.
 */
export const pageOf = (file: string): string =>
  file
    .replace(/^docs\//, '')
    .replace(/(^|\/)README\.md$/, '$1index.md')
    .replace(/\.md$/, '.html')

/**
 * The text of a page, for programs that read Markdown: "at the same URL as the original page, but with `.md`
 * appended", https://llmstxt.org/
 */
export const twinOf = (file: string): string => `${pageOf(file)}.md`

/** Pictures keep their names. Sources are text, which browsers show only under a name that says so. */
export const copyOf = (file: string): string =>
  /\.(png|svg)$/.test(file) ? file.replace(/^docs\//, '') : `source/${file}.txt`

/** Links to the web stay as they are, and so do those within the page. */
const isOurs = (href: string): boolean => !/^([a-z]+:|#)/i.test(href)

// Fenced blocks and code in a line come first, so that what looks like a link there is none.
const linkOrCode = /^ *(`{3,})[\s\S]*?^ *\1 *$|(`+)(?:(?!\2)[\s\S])+?\2|\]\(([^)\s]+)\)/gm

const replaceLinks = (text: string, replace: (href: string) => string): string =>
  text.replace(linkOrCode, (whole: string, _fence, _ticks, href?: string) =>
    href === undefined ? whole : `](${replace(href)})`,
  )

/** The addresses of the links and pictures in a Markdown text. */
export const linksIn = (text: string): string[] => {
  const found: string[] = []
  replaceLinks(text, (href) => {
    found.push(href)
    return href
  })
  return found
}

export type Files = {
  /** Whether the repository has this file. */
  isFile: (path: string) => boolean
  /** Whether it is a page of the site. */
  isPage: (path: string) => boolean
}

type Target = { href: string; copied?: string; problem?: string }

const targetOf = (href: string, file: string, form: (file: string) => string, files: Files): Target => {
  const [path = '', anchor] = href.split('#', 2)
  const named = posix.join(posix.dirname(file), path)
  const target = files.isFile(named) ? named : posix.join(named, 'README.md')
  const problem = (why: string): Target => ({ href, problem: `${file}: ${href} ${why}` })
  if (!files.isFile(target)) return problem('leads to no file')
  if (isMarkdown(target) && !files.isPage(target))
    return problem('leads to a page that is not in site/navigation.ts')
  const place = isMarkdown(target) ? form(target) : copyOf(target)
  const relative = posix.relative(posix.dirname(form(file)), place)
  return {
    href: anchor === undefined ? relative : `${relative}#${anchor}`,
    ...(isMarkdown(target) ? {} : { copied: target }),
  }
}

/**
 * The text of `file` with links as the site has them; `form` is `pageOf` or `twinOf`. Names the files that
 * have to be copied for that, and the links that lead nowhere.
 */
export const withSiteLinks = (text: string, file: string, form: (file: string) => string, files: Files) => {
  const copied: string[] = []
  const problems: string[] = []
  const replaced = replaceLinks(text, (href) => {
    if (!isOurs(href)) return href
    const target = targetOf(href, file, form, files)
    if (target.copied) copied.push(target.copied)
    if (target.problem) problems.push(target.problem)
    return target.href
  })
  return { text: replaced, copied, problems }
}

/** Markdown in a line without its marks. */
const plain = (text: string): string =>
  text
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\*\*|[*`]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()

export const titleOf = (text: string): string => plain(/^# (.+)$/m.exec(text)?.[1] ?? '')

/**
 * The first sentence of the first paragraph; none where a page has nothing but headings, lists and
 * tables.
 */
export const summaryOf = (text: string): string => {
  const paragraphs = text.replaceAll(/^ *(`{3,})[\s\S]*?^ *\1 *$/gm, '').split(/\n{2,}/)
  const first = paragraphs.find((one) => /^[\p{L}*`[]/u.test(one) && !/^Status:/.test(one)) ?? ''
  return /^.*?[.:](?= |$)/.exec(plain(first))?.[0].replace(/:$/, '.') ?? ''
}
