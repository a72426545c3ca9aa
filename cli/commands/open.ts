import type { Program } from '../command.ts'
import type { Context } from '../context.ts'
import { Failure, misused } from '../exit.ts'
import { showInBrowser } from '../sign-in/browser.ts'

/** The console's pages: lists by name, records by id. `console/routes.tsx` has the addresses. */
const pages: Readonly<Record<string, readonly string[]>> = {
  docks: ['docks'],
  dock: ['docks', '<dock>'],
  upload: ['docks', '<dock>', 'uploads', '<upload>'],
  alarms: ['alarms'],
  uploads: ['uploads'],
  collections: ['collections'],
  collection: ['collections', '<collection>'],
  campaigns: ['campaigns'],
  campaign: ['campaigns', '<campaign>'],
  packages: ['packages'],
  package: ['packages', '<package>'],
  devices: ['devices'],
  device: ['devices', '<device>'],
  webhooks: ['webhooks'],
  webhook: ['webhooks', '<webhook>'],
  rejected: ['rejected-messages'],
}

/** The path of a page. @throws Failure if the page is unknown or an id is missing */
export const pathOf = (name: string | undefined, ids: readonly string[]): string => {
  if (name === undefined) return '/'
  const parts = pages[name]
  if (!parts) throw misused(`The console has no page ${name}`, `There are: ${Object.keys(pages).join(', ')}.`)
  const placeholders = parts.filter((part) => part.startsWith('<'))
  if (ids.length !== placeholders.length)
    throw misused(`Usage: groundcrew open ${[name, ...placeholders].join(' ')}`)
  let n = 0
  return `/${parts.map((part) => (part.startsWith('<') ? encodeURIComponent(ids[n++] ?? '') : part)).join('/')}`
}

const hasConsole = async (url: string): Promise<boolean> => {
  const response = await fetch(new URL('/config.json', url)).catch(() => {
    throw new Failure(`No answer from ${url}`, { remedy: 'Check --url. On a laptop, start it: npm start' })
  })
  return response.ok
}

const open = async (
  { out, url }: Context,
  page: string | undefined,
  ids: readonly string[],
  { print }: { print?: true | undefined },
): Promise<void> => {
  const address = new URL(pathOf(page, ids), url).href
  if (!(await hasConsole(url)))
    throw new Failure(`There is no console at ${url}`, {
      remedy: 'Give its address as --url: ConsoleUrl of the deployment.',
    })
  if (!print && out.isTerminal) showInBrowser(address)
  out.record({ address }, () => address)
}

export const addOpen = ({ command, run }: Program): void => {
  command('open')
    .description(`The console in a browser, at a page: ${Object.keys(pages).join(', ')}`)
    .argument('[page]', 'the page (the first)')
    .argument('[ids...]', 'the ids that the page needs')
    .option('--print', 'only print the address')
    .action((page, ids, asked) => run((context) => open(context, page, ids, asked)))
}
