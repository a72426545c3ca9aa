import { posix } from 'node:path'
import type { Section } from './navigation.ts'
import { pageOf, twinOf } from './pages.ts'

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '"': '&quot;' }
const escaped = (text: string): string => text.replaceAll(/[&<"]/g, (one) => escapes[one] ?? one)

export type Names = (file: string) => { title: string; label: string; summary: string }

/**
 * A page around its content. All addresses are relative, so that the site may lie in any folder, and
 * on a disk.
 */
export const pageAround = (content: string, file: string, navigation: readonly Section[], names: Names) => {
  const to = (target: string): string => posix.relative(posix.dirname(pageOf(file)), target)
  const link = (one: string, attribute = ''): string =>
    `<a${attribute} href="${to(pageOf(one))}">${escaped(names(one).label)}</a>`
  const item = (one: string): string => `<li>${link(one, one === file ? ' aria-current="page"' : '')}</li>`
  const section = ({ title, entries, isBackground }: Section): string => {
    const isOpen = !isBackground || entries.some((one) => one.file === file)
    const items = entries.map((one) => item(one.file)).join('')
    return `<details${isOpen ? ' open' : ''}><summary>${title}</summary><ul>${items}</ul></details>`
  }
  const order = navigation.flatMap(({ entries }) => entries.map((one) => one.file))
  const step = (target: string | undefined, rel: string): string =>
    target
      ? `<a rel="${rel}" href="${to(pageOf(target))}">${escaped(names(target).label)}</a>`
      : '<span></span>'
  const place = order.indexOf(file)
  const { title, summary } = names(file)
  const heading = title === 'Groundcrew' ? title : `${title} · Groundcrew`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(heading)}</title>
<meta name="description" content="${escaped(summary)}">
<link rel="stylesheet" href="${to('style.css')}">
<link rel="alternate" type="text/markdown" href="${to(twinOf(file))}">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header><a href="${to('index.html')}">Groundcrew</a> <a href="#navigation" class="menu">Menu</a></header>
<main id="content">
${content}
<nav class="steps" aria-label="Before and after">
${step(order[place - 1], 'prev')}
${step(order[place + 1], 'next')}
</nav>
</main>
<nav id="navigation" aria-label="Pages">${navigation.map(section).join('\n')}</nav>
<footer>
<a href="${to(twinOf(file))}">This page as Markdown</a>
<a href="${to('llms.txt')}">llms.txt</a>
</footer>
</body>
</html>
`
}
