import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort } from './ports.ts'

/** Debian installs Mosquitto's broker where only root's PATH looks. */
const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin` }

const isInstalled = (command: string) => spawnSync(command, ['-h'], { env }).error === undefined

/**
 * For a test's `skip` option: false where Mosquitto is installed, else the reason why the test cannot run.
 */
export const mosquittoMissing: string | false =
  isInstalled('mosquitto') && isInstalled('mosquitto_passwd')
    ? false
    : 'Mosquitto is not installed (Debian and Ubuntu: apt-get install mosquitto)'

/**
 * A running broker. `stop` ends it as a service manager would, so that it saves what its configuration lets
 * it save.
 */
export type Mosquitto = { url: string; port: number; log: () => string; stop: () => Promise<void> }

/**
 * `files` are put into the broker's directory before it starts; `{dir}` in the configuration becomes its
 * path. `directory` keeps the broker's files for a second start; without it they go with `stop`.
 */
export type MosquittoOptions = { files?: Record<string, string>; directory?: string }

/**
 * Starts a Mosquitto of the test's own on a free port of 127.0.0.1. The configuration says the rest, at least
 * `allow_anonymous` or a password file. Rejects with the broker's own words when it does not accept the
 * configuration.
 */
export const startMosquitto = async (
  configText: string,
  options: MosquittoOptions = {},
): Promise<Mosquitto> => {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'groundcrew-mosquitto-')))
  await mkdir(directory, { recursive: true })
  for (const [name, text] of Object.entries(options.files ?? {})) {
    await writeFile(join(directory, name), text, { mode: 0o600 })
  }
  const discard = async () => {
    if (!options.directory) await rm(directory, { recursive: true, force: true })
  }
  try {
    return await startOnFreePort(configText.replaceAll('{dir}', directory), directory, discard)
  } catch (failure) {
    await discard()
    throw failure
  }
}

/** The text of a password file for these users and passwords, hashed as Mosquitto wants it. */
export const passwordFile = async (users: Record<string, string>): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'groundcrew-passwords-'))
  const path = join(directory, 'passwords')
  try {
    await writeFile(
      path,
      Object.entries(users)
        .map((user) => `${user.join(':')}\n`)
        .join(''),
      { mode: 0o600 },
    )
    const hashing = spawnSync('mosquitto_passwd', ['-U', path], { env, encoding: 'utf8' })
    if (hashing.status !== 0) throw new Error(`mosquitto_passwd: ${hashing.stderr}`)
    return await readFile(path, 'utf8')
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const startOnFreePort = async (
  configText: string,
  directory: string,
  discard: () => Promise<void>,
): Promise<Mosquitto> => {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    const path = join(directory, 'mosquitto.conf')
    await writeFile(path, configuration(configText, port))
    const broker = spawn('mosquitto', ['-c', path], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    const lines: string[] = []
    broker.stderr.setEncoding('utf8').on('data', (text: string) => lines.push(text))
    const log = () => lines.join('')
    if (await isRunning(broker, log)) {
      const stop = async () => {
        await ended(broker)
        await discard()
      }
      return { url: `mqtt://127.0.0.1:${port}`, port, log, stop }
    }
    // Mosquitto cannot be asked for any free port, so another process may have taken ours in between.
    if (attempt === 5 || !log().includes('Address already in use')) throw new Error(`Mosquitto: ${log()}`)
  }
}

/** Started by root, Mosquitto would otherwise change to a user who cannot read the test's files. */
const configuration = (configText: string, port: number): string =>
  `user ${userInfo().username}\nlog_dest stderr\nlog_type all\nlistener ${port} 127.0.0.1\n${configText}\n`

const isRunning = (broker: ChildProcess, log: () => string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    broker.once('error', reject)
    broker.once('close', () => resolve(false))
    broker.stderr?.on('data', () => {
      if (/mosquitto version \S+ running/.test(log())) resolve(true)
    })
  })

const ended = async (broker: ChildProcess): Promise<void> => {
  if (broker.exitCode !== null || broker.signalCode !== null) return
  const exit = once(broker, 'exit')
  broker.kill('SIGTERM')
  await exit
}
