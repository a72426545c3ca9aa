/** The documentation as a site: `npm run docs` shows it, `npm run docs:build` writes its files. */
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import sirv from 'sirv'
import { listen, namingPort, PortInUseError } from '../local/servers.ts'
import { buildSite, DeadLinks, watchSite } from '../site/build.ts'
import { isForeign } from '../site/folder.ts'
import { faultInWords } from './fault-in-words.ts'

const help = `The documentation as a site.

  npm run docs                     shows it on this machine, and anew after each change, until Ctrl-C
  npm run docs -- --port 8081      at another port than 8080; 0 takes any free one
  npm run docs:build               makes its files, which any web server can show
  npm run docs:build -- --to DIR   elsewhere than in site/dist; what an earlier build made there is replaced

A link that leads nowhere is named, and a build with one fails.
`

const usualFolder = join(import.meta.dirname, '..', 'site/dist')

const wrongUse = (text: string): never => {
  console.error(`${text}\nTry npm run docs -- --help`)
  process.exit(2)
}

const readArguments = () => {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        port: { type: 'string', default: '8080' },
        to: { type: 'string', default: usualFolder },
        help: { type: 'boolean', default: false },
      },
    })
    const [mode = 'show', ...more] = positionals
    const [port, to] = [Number(values.port), resolve(values.to)]
    if (!['show', 'build'].includes(mode) || more.length > 0)
      wrongUse(`There is nothing to do as ${positionals.join(' ')}`)
    if (!/^\d{1,5}$/.test(values.port) || port > 65_535) wrongUse('--port must be a port number')
    if (to !== usualFolder && isForeign(to))
      wrongUse(`--to: ${values.to} holds other things; name a folder that is new or empty`)
    return { mode, port, to, isHelp: values.help }
  } catch (error) {
    return wrongUse(error instanceof Error ? (error.message.split('. To specify')[0] ?? '') : String(error))
  }
}

const build = async (folder: string): Promise<void> => {
  await buildSite(folder)
  console.log(
    `Built into ${relative(process.cwd(), folder) || '.'}: open index.html, or put it on any web server.`,
  )
}

/** On loopback only: drafts are for their author. */
const show = async (folder: string, port: number): Promise<void> => {
  const ended = once(process, 'SIGINT')
  const files = sirv(folder, { dev: true })
  const server = await namingPort(
    listen((request, response) => {
      files(request, response, () => {
        response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such page.')
      })
    }, port),
    [{ port, purpose: 'documentation', option: '--port' }],
  )
  const site = await watchSite(folder, (problems) => {
    for (const problem of problems) console.error(problem)
  })
  console.log(`The documentation is at ${server.url}/. Ctrl-C stops it.`)
  await ended
  await Promise.all([site.stop(), server.close()])
}

const { mode, port, to, isHelp } = readArguments()
try {
  // An interrupted build left no manifest; this folder is only for builds.
  if (!isHelp && to === usualFolder && isForeign(to)) rmSync(to, { recursive: true })
  if (isHelp) process.stdout.write(help)
  else await (mode === 'build' ? build(to) : show(to, port))
} catch (error) {
  const isKnown = error instanceof DeadLinks || error instanceof PortInUseError
  const words = isKnown ? error.message : faultInWords(error)
  if (words === undefined) throw error
  console.error(words)
  process.exitCode = 1
}
