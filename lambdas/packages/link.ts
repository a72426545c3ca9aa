import type { Env } from '../runtime/env.ts'
import { packageFiles } from '../storage/package-files.ts'
import type { FileFault, ProvedPackage } from './package.ts'
import type { PackageStore } from './store.ts'
import { tokenLinks } from './token-links.ts'

/** `token`: to be sent with the request. `expiresAt`: epoch ms. */
export type PackageLink = { url: string; token?: string; expiresAt: number }

/**
 * Makes a link to a package for a device: without a header or, if the package says so, with a token.
 * `downloadsOff`: the package needs a token, but such downloads are not deployed. `altered`: storage has
 * something other than the proved file under its key, so it may not be offered; the package is `refused` from
 * then on. Idempotent: each call makes a new link, and older ones expire.
 *
 * If storage keeps versions, the link opens the proved one. If it keeps none, the file is checked before
 * every link.
 *
 * A link is valid only as long as the session that signed it, which for a function is hours: links are made
 * when they are needed.
 */
export type PackageLinks = (
  of: ProvedPackage,
  lifetimeSeconds: number,
  deviceId: string,
) => Promise<PackageLink | 'altered' | 'downloadsOff'>

export const packageLinks = (
  env: Env,
  packages: Pick<PackageStore, 'settleFile'>,
  now: () => number = Date.now,
): PackageLinks => {
  const files = packageFiles(env)
  const faultOf = async ({ file }: ProvedPackage): Promise<FileFault | undefined> => {
    if (file.version !== undefined) return undefined
    const stored = await files.find(file.key)
    if (!stored) return 'missing'
    return stored.size === file.size && stored.etag === file.etag ? undefined : 'altered'
  }
  const withToken = tokenLinks(env, now)
  return async (known, lifetimeSeconds, deviceId) => {
    const fault = await faultOf(known)
    if (fault) {
      await packages.settleFile(known.id, { ...known.file, state: 'refused', fault }, 'proved')
      return 'altered'
    }
    const expiresAt = now() + lifetimeSeconds * 1000
    if (known.offer === 'v1') return (await withToken?.(known.file, deviceId, expiresAt)) ?? 'downloadsOff'
    const { key, version } = known.file
    return { url: await files.link(key, lifetimeSeconds, version), expiresAt }
  }
}

/**
 * A URL with an explicit port, even the scheme's default, for devices that need one. The port is added after
 * signing: such devices send a `Host` without it. Others send the URL's host as it is, and not every storage
 * accepts that for the signed one (https://github.com/velero-io/velero-plugin-for-aws/pull/327).
 */
export const withPort = (url: string): string =>
  url.replace(
    /^(https?):\/\/([^/:?#]+)(?=[/?#]|$)/,
    (_, scheme: string, host: string) => `${scheme}://${host}:${scheme === 'https' ? 443 : 80}`,
  )
