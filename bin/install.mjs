/**
 * Installs the dependencies when they are missing or are not those of package-lock.json; otherwise returns in
 * a few milliseconds. Runs before `npm start` and `npm test`, on whatever Node the machine has (20 or later),
 * so it is plain JavaScript and imports nothing that would have to be installed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const modules = join(root, 'node_modules')

/** @param {string} path */
const packagesOf = (path) => JSON.parse(readFileSync(path, 'utf8')).packages

/** npm keeps what it really installed in a lock file of its own, written when it is done. */
const isInstalled = () => {
  const installedLock = join(modules, '.package-lock.json')
  // The `node` package puts its program in place with an install script, which `npm ci --ignore-scripts`
  // leaves out.
  const nodeProgram = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(installedLock) || !existsSync(nodeProgram)) return false
  const installed = packagesOf(installedLock)
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(
    ([path, { version, optional, link }]) => {
      if (path === '' || link) return true
      // Packages for other platforms are in the lock file and are not installed.
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

/** The headers of Node, 67 MB, are for compiling add-ons; those here come compiled. */
const leaveOut = () => {
  const platforms = join(modules, 'node', 'node_modules')
  if (!existsSync(platforms)) return
  for (const name of readdirSync(platforms).filter((one) => one.startsWith('node-')))
    rmSync(join(platforms, name, 'include'), { recursive: true, force: true })
}

const install = () => {
  console.log('Installing dependencies (npm ci), about half a minute …')
  const { status } = spawnSync('npm', ['ci', '--no-fund', '--no-audit'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
    env: { ...process.env, PATH: pathWithoutModules() },
  })
  if (status === 0 && isInstalled()) return leaveOut()
  console.error('The dependencies could not be installed. Run "npm ci" to see why.')
  process.exitCode = 1
}

if (!isInstalled()) install()
