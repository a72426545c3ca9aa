import type { Page } from 'playwright-core'
import * as z from 'zod'

/** What a page cuts off, or breaks where it should not. */

const Texts = z.array(z.string())

/** Words in the middle of which a line ends. What others wrote may have no blanks at all, and is broken where need be. */
const broken = `(() => {
  const found = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest('.foreign, script, style, pre')) continue
    for (const { 0: word, index } of node.data.matchAll(/(?<![\\w-])\\p{L}{2,}(?![\\w-])/gu)) {
      const range = document.createRange()
      range.setStart(node, index)
      range.setEnd(node, index + word.length)
      const tops = [...range.getClientRects()].map(({ top }) => Math.round(top))
      if (new Set(tops).size > 1) found.push(node.data)
    }
  }
  return found
})()`

/** Tables of which a part can be seen by scrolling sideways alone. */
const cut = `[...document.querySelectorAll('table')]
  .filter((table) => table.parentElement.scrollWidth > table.parentElement.clientWidth + 1)
  .map((table) => 'cut off: ' + [...table.querySelectorAll('thead th')].map((head) => head.innerText).join(', '))`

export const layoutFaults = async (page: Page): Promise<string[]> => [
  ...Texts.parse(await page.evaluate(broken)).map((text) => `broken: ${text}`),
  ...Texts.parse(await page.evaluate(cut)),
]
