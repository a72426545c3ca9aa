import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort, loopback } from '../support/ports.ts'
import { listens, startsWithinMs, startTied } from './tied.ts'

export const account = '111122223333'
export const region = 'us-east-1'

const root = join(import.meta.dirname, '../..')

type Env = Record<string, string>

/** Nothing of whoever runs this gets in: no keys, no profile, no address of another AWS. */
const ownEnv = (directory: string, ...programs: string[]): Env => ({
  PATH: [join(root, 'node_modules/.bin'), ...programs, process.env.PATH ?? ''].join(delimiter),
  HOME: directory,
  TMPDIR: directory,
  LANG: 'C.UTF-8',
  CI: 'true',
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_EC2_METADATA_DISABLED: 'true',
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

/**
 * MiniStack as a process of its own, IAM enforced, over TLS, on loopback alone; `rootKeys` are its account's
 * own. It ends with whoever started it, whatever ended that.
 */
export const startEmulator = async (python: string, directory: string) => {
  const [gateway, mqtt] = [await freePort(), await freePort()]
  const temporary = join(directory, 'emulator')
  mkdirSync(temporary)
  const certificate = join(temporary, 'ministack-tls', 'server.crt')
  const url = `https://localhost:${gateway}`
  const trust = { NODE_EXTRA_CA_CERTS: certificate, AWS_CA_BUNDLE: certificate, SSL_CERT_FILE: certificate }
  const rootKeys = { AWS_ACCESS_KEY_ID: 'emulatorroot', AWS_SECRET_ACCESS_KEY: 'emulator-root-secret' }
  const stop = await startTied({
    python,
    command: [python, join(import.meta.dirname, 'ministack', 'serve.py')],
    log: join(directory, 'emulator.log'),
    isReady: async () => existsSync(certificate) && (await listens(gateway)) && (await listens(mqtt)),
    env: {
      ...ownEnv(temporary),
      ...trust,
      ...rootKeys,
      AWS_ENDPOINT_URL_S3: url,
      PYTHONDONTWRITEBYTECODE: '1',
      NODE_PATH: sdkOfRuntime(temporary),
      BIND_HOST: loopback,
      GATEWAY_PORT: String(gateway),
      IOT_MTLS_PORT: String(mqtt),
      MINISTACK_ACCOUNT_ID: account,
      MINISTACK_REGION: region,
      AUTH: 'true',
      USE_SSL: '1',
      SFTP_ENABLED: '0',
      LOG_LEVEL: 'INFO',
    },
  })
  return {
    url,
    mqttPort: mqtt,
    certificate,
    trust,
    rootKeys,
    stop,
    /** For programs that are to work in it: with no keys yet. */
    env: { ...ownEnv(directory, dirname(python)), ...trust, AWS_ENDPOINT_URL: url, AWS_ENDPOINT_URL_S3: url },
  }
}
export type Emulator = Awaited<ReturnType<typeof startEmulator>>

/** @throws Error when an emulator runs on without the process that started it, which is killed */
export const endsWithItsStarter = async (python: string, directory: string): Promise<void> => {
  const itsOwn = join(directory, 'of-the-killed')
  mkdirSync(itsOwn)
  const starter = spawn(process.execPath, [import.meta.filename, python, itsOwn], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(starter, 'exit')
  const [line] = await Promise.race([once(createInterface(starter.stdout), 'line'), ended])
  const { port } = new URL(String(line))
  starter.kill('SIGKILL')
  await ended
  const giveUpAt = Date.now() + startsWithinMs
  while (await listens(Number(port))) {
    if (Date.now() > giveUpAt) throw new Error('The emulator runs on')
    await pause(100)
  }
}

/** Alone, for the story of its end: says where it is, and waits to be killed. */
if (import.meta.main) {
  const [, , python = '', directory = ''] = process.argv
  const { url } = await startEmulator(python, directory)
  console.log(url)
}
