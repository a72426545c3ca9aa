/**
 * Installs the dependencies if they are missing or differ from package-lock.json; otherwise returns in a few
 * milliseconds. Runs before `npm start` and `npm test`, on the machine's own Node (20 or later), so it is
 * plain JavaScript without dependencies.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const modules = join(root, 'node_modules')

/** @param {string} path */
const packagesOf = (path) => JSON.parse(readFileSync(path, 'utf8')).packages

/** npm records what it has installed in its own lock file, written when it is done. */
const isInstalled = () => {
  const installedLock = join(modules, '.package-lock.json')
  // The `node` package installs its program with an install script, which `npm ci --ignore-scripts` skips.
  const nodeProgram = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(installedLock) || !existsSync(nodeProgram)) return false
  const installed = packagesOf(installedLock)
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(
    ([path, { version, optional, link }]) => {
      if (path === '' || link) return true
      // Packages for other platforms are in the lock file but not installed.
      if (!installed[path]) return optional === true
      return installed[path].version === version
    },
  )
}

/** npm must not run on the Node that it is about to replace. */
const pathWithoutModules = () =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((directory) => !directory.startsWith(modules))
    .join(delimiter)

/** Unused files, by path in node_modules, folders with a trailing slash: docs/adr/0027 has the sizes. */
const unread = [
  // For compiling add-ons; those here come compiled.
  /^node\/node_modules\/node-[^/]+\/include\/$/,
  // For debuggers, for another type checker, for types before TypeScript 4, and for the runtime Bare.
  /\.(map|flow|bare)$/,
  /\/dist-types\/ts3\.4\/$/,
  // Add-ons of other platforms.
  new RegExp(`/prebuilds/(?!${process.platform}-)[^/]+/$`),
  // The CDK for other languages.
  /^aws-cdk-lib\/\.jsii\..*gz$/,
  // Cloudscape uses plain functions, in English.
  /^date-fns\/(esm\/)?(fp|locale\/(?!en-US|_lib)[^/]+)\/$/,
]

const leaveOut = (folder = '') => {
  for (const entry of readdirSync(join(modules, folder), { withFileTypes: true })) {
    const path = `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`
    if (unread.some((one) => one.test(path))) rmSync(join(modules, path), { recursive: true })
    else if (entry.isDirectory()) leaveOut(path)
  }
}

/**
 * @param {string[]} args
 * @param {'inherit' | 'pipe' | 'ignore'} stderr
 */
const npm = (args, stderr) =>
  spawnSync('npm', args, {
    cwd: root,
    stdio: ['ignore', 'ignore', stderr],
    encoding: 'utf8',
    shell: process.platform === 'win32',
    env: { ...process.env, PATH: pathWithoutModules() },
  })

/** npm's error codes without an answer; any answer has another code, such as E404. */
const noAnswer =
  /\b(E(?:AI_AGAIN|CONNREFUSED|CONNRESET|HOSTUNREACH|NETUNREACH|NOTFOUND|TIMEDOUT)|ERR_SOCKET_TIMEOUT|FETCH_ERROR)\b/

/**
 * Why the registry does not answer, as a code; undefined if it does. Asks through npm, which knows the
 * registry and the proxy: `npm ci` itself would try for minutes.
 * https://docs.npmjs.com/cli/commands/npm-ping
 */
const whyAway = () => {
  const { status, stderr } = npm(['ping', '--fetch-retries=0', '--fetch-timeout=6000'], 'pipe')
  return status === 0 ? undefined : noAnswer.exec(stderr ?? '')?.[1]
}

/** npm's cache of an earlier installation may be enough. */
const installWithout = (/** @type {string} */ why) => {
  console.error(
    `The package registry does not answer (${why}). Trying what npm has kept of earlier installations …`,
  )
  const { status } = npm(['ci', '--no-fund', '--no-audit', '--offline'], 'ignore')
  if (status === 0 && isInstalled()) return leaveOut()
  console.error(
    'That is not enough. A first start needs the network once: connect, or name a registry or a proxy that answers\n' +
      '(npm config set registry …, npm config set proxy …), and start again.',
  )
  process.exitCode = 1
}

const install = () => {
  const why = whyAway()
  if (why) return installWithout(why)
  console.log('Installing dependencies (npm ci), about half a minute …')
  // Without warnings: they compare the engines of packages with this Node, but the project's own runs them.
  const { status, error } = npm(['ci', '--no-fund', '--no-audit', '--loglevel=error'], 'inherit')
  if (status === 0 && isInstalled()) return leaveOut()
  console.error(
    error
      ? `npm could not be run (${error.message}). It comes with Node: https://nodejs.org/`
      : 'The dependencies could not be installed. Run "npm ci" to see why.',
  )
  process.exitCode = 1
}

if (!isInstalled()) install()
