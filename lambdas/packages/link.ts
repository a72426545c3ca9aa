import type { Env } from '../env.ts'
import { packageFiles } from '../storage/package-files.ts'
import type { FileFault, ProvedPackage } from './package.ts'
import type { PackageStore } from './store.ts'
import { tokenLinks } from './token-links.ts'

/** `token`: what whoever opens the link has to send. `expiresAt`: epoch ms. */
export type PackageLink = { url: string; token?: string; expiresAt: number }

/**
 * A link that opens a package for a device: without a header, or with a token where the package says so.
 * `downloadsOff`: it says so, and there is no such download here. `altered`: storage has something else under its name than
 * what was proved, so nothing may be offered; the package is `refused` from then on. Safe to repeat: each
 * call makes a new link, older ones run out by themselves.
 *
 * Where storage keeps versions the link opens the one that was proved. Where it keeps none, it is looked at
 * before every link.
 *
 * It dies with the session that signed it, which for a function is hours: links are made when they are
 * needed.
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
 * A URL of which the port is spelled out, also that which goes with its scheme, for devices that cannot do
 * without. It is put in after signing: such devices send a `Host` without it. Others send what the URL has,
 * and not all storage takes that for what was signed
 * (https://github.com/velero-io/velero-plugin-for-aws/pull/327).
 */
export const withPort = (url: string): string =>
  url.replace(
    /^(https?):\/\/([^/:?#]+)(?=[/?#]|$)/,
    (_, scheme: string, host: string) => `${scheme}://${host}:${scheme === 'https' ? 443 : 80}`,
  )
