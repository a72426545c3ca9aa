import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { linksIn } from './pages.ts'

/**
 * The links of a built site that lead nowhere: to a page, a file or a heading that is not there. Nothing is
 * asked of the network. The same names of headings are those of GitHub, so a link that holds here holds
 * there.
 */

const hrefsOf = (html: string): string[] =>
  [...html.matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, href]) => href ?? '')
const idsOf = (html: string): Set<string> =>
  new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id ?? ''))

export const deadLinks = (folder: string): string[] => {
  const files = globSync('**/*.{html,md,txt}', { cwd: folder }).filter((file) => !file.startsWith('source/'))
  const texts = new Map(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]))
  const ids = new Map([...texts].map(([file, text]) => [file, idsOf(text)]))
  const leads = (file: string, href: string): boolean => {
    if (/^[a-z]+:/i.test(href)) return true
    const [path = '', anchor] = href.split('#', 2)
    const target = path === '' ? file : posix.join(posix.dirname(file), decodeURI(path))
    if (!existsSync(join(folder, target))) return false
    // A page's text for programs has the headings of the page.
    return (
      anchor === undefined || ids.get(target.replace(/\.html\.md$/, '.html'))?.has(decodeURI(anchor)) === true
    )
  }
  return [...texts].flatMap(([file, text]) =>
    (file.endsWith('.html') ? hrefsOf(text) : linksIn(text))
      .filter((href) => !leads(file, href))
      .map((href) => `${file}: ${href} leads nowhere`),
  )
}
