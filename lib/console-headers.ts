import { packageFolder } from '../lambdas/storage/package-key.ts'

/**
 * What every file of the console is sent with, locally and by CloudFront.
 *
 * - Scripts, styles, fonts and pictures come from the page's own origin only, and none is inline: what gets
 *   into the page as text stays text. React sets styles through the CSSOM, which the policy does not concern;
 *   it concerns `<style>` and `style=` in HTML.
 * https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/style-src
 * - Requests go to the API, which is the same origin, and to `connect`: the origins at which people sign in, and
 *   the folder of storage that takes the files of packages.
 * - Nobody may frame the page, so nobody can have its buttons clicked unseen.
 */
export const contentSecurityPolicy = (connect: readonly string[] = []): string =>
  Object.entries({
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'font-src': ["'self'"],
    'img-src': ["'self'"],
    'connect-src': ["'self'", ...connect],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
  })
    .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
    .join('; ')

export type PackagePlace = {
  /** An address without a path; in a template it may hold references. */
  endpoint: string
  bucket: string
  /** Storage of Alibaba takes the bucket in the host name (`storage/archives/ali.ts`). */
  bucketInHost?: boolean
}

/**
 * Where the links lead that take files of packages, as a source of the policy: one folder of one bucket. Without
 * a path, a script that got into the page could send what it sees to any bucket there.
 * https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy#host-source
 */
export const packageAddress = ({ endpoint, bucket, bucketInHost = false }: PackagePlace): string =>
  bucketInHost
    ? `${endpoint.replace('://', `://${bucket}.`)}/${packageFolder}/`
    : `${endpoint}/${bucket}/${packageFolder}/`

/** Besides the content security policy; CloudFront has fields of its own for these. */
export const referrerPolicy = 'same-origin'
export const permissionsPolicy = 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'

/** The headers as the local runtime sends them; HTTPS is the deployment's alone. */
export const consoleHeaders = (packages: PackagePlace): Record<string, string> => ({
  'content-security-policy': contentSecurityPolicy([packageAddress(packages)]),
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': permissionsPolicy,
  'referrer-policy': referrerPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
})
