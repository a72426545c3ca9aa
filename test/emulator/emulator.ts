import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort, loopback } from '../support/ports.ts'

export const account = '111122223333'
export const region = 'us-east-1'

const root = join(import.meta.dirname, '../..')
const startsWithinMs = 60_000

type Env = Record<string, string>

/** Nothing of whoever runs this gets in: no keys, no profile, no address of another AWS. */
const ownEnv = (directory: string): Env => ({
  PATH: [join(root, 'node_modules/.bin'), process.env.PATH ?? ''].join(delimiter),
  ...{ HOME: directory, TMPDIR: directory, LANG: 'C.UTF-8', CI: 'true' },
  ...{ AWS_REGION: region, AWS_DEFAULT_REGION: region, AWS_EC2_METADATA_DISABLED: 'true' },
})

/**
 * AWS's Node runtimes bring its SDK, and the emulator's none; a function of the CDK wants it.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html#nodejs-sdk-included
 */
const sdkOfRuntime = (directory: string): string => {
  const modules = join(directory, 'runtime')
  mkdirSync(modules)
  symlinkSync(join(root, 'node_modules/@aws-sdk'), join(modules, '@aws-sdk'))
  return modules
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: loopback })
    socket
      .once('error', () => resolve(false))
      .once('connect', () => {
        socket.destroy()
        resolve(true)
      })
  })

/**
 * MiniStack as a process of its own, IAM enforced, over TLS, on loopback alone; `root` are its account's own
 * keys.
 */
export const startEmulator = async (python: string, directory: string) => {
  const [gateway, mqtt] = [await freePort(), await freePort()]
  const temporary = join(directory, 'emulator')
  mkdirSync(temporary)
  const certificate = join(temporary, 'ministack-tls', 'server.crt')
  const url = `https://localhost:${gateway}`
  const trust = { NODE_EXTRA_CA_CERTS: certificate, AWS_CA_BUNDLE: certificate, SSL_CERT_FILE: certificate }
  const rootKeys = { AWS_ACCESS_KEY_ID: 'emulatorroot', AWS_SECRET_ACCESS_KEY: 'emulator-root-secret' }
  const logPath = join(directory, 'emulator.log')
  const log = createWriteStream(logPath)
  await once(log, 'open')
  const child = spawn(python, [join(import.meta.dirname, 'ministack', 'serve.py')], {
    stdio: ['ignore', log, log],
    env: {
      ...ownEnv(temporary),
      ...{ ...trust, ...rootKeys, AWS_ENDPOINT_URL_S3: url, PYTHONDONTWRITEBYTECODE: '1' },
      NODE_PATH: sdkOfRuntime(temporary),
      ...{ BIND_HOST: loopback, GATEWAY_PORT: String(gateway), IOT_MTLS_PORT: String(mqtt) },
      ...{ MINISTACK_ACCOUNT_ID: account, MINISTACK_REGION: region, AUTH: 'true', USE_SSL: '1' },
      ...{ SFTP_ENABLED: '0', LOG_LEVEL: 'INFO' },
    },
  })
  const ended = once(child, 'exit')
  const giveUpAt = Date.now() + startsWithinMs
  while (!(existsSync(certificate) && (await listens(gateway)) && (await listens(mqtt)))) {
    if (child.exitCode !== null || Date.now() > giveUpAt)
      throw new Error(`The emulator did not start:\n${readFileSync(logPath, 'utf8').slice(-4000)}`)
    await pause(100)
  }
  return {
    ...{ url, mqttPort: mqtt, certificate, trust, rootKeys, logPath },
    /** For programs that are to work in it: with no keys yet. */
    env: { ...ownEnv(directory), ...trust, AWS_ENDPOINT_URL: url, AWS_ENDPOINT_URL_S3: url },
    stop: async () => {
      child.kill()
      await ended
    },
  }
}
export type Emulator = Awaited<ReturnType<typeof startEmulator>>
