import { packageFolder } from '../../lambdas/storage/package-key.ts'

/**
 * The headers of every file of the console, locally and in CloudFront.
 *
 * - Scripts, styles, fonts and images come only from the page's own origin, and none is inline, so that
 *   injected text stays text. React sets styles through the CSSOM, which the policy does not cover; it covers
 *   `<style>` and `style=` in HTML.
 *   https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/style-src
 * - Requests go to the API, which is the same origin, and to `connect`: the origins for signing in, and the
 *   storage folder for packages' files.
 * - No other page may frame it, so that nobody's clicks can be hijacked.
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
  /** A URL without a path; in a template it may contain references. */
  endpoint: string
  bucket: string
  /** Alibaba's storage has the bucket in the host name (`storage/archives/ali.ts`). */
  bucketInHost?: boolean
}

/**
 * The target of upload links for packages, as a source of the policy: one folder of one bucket. Without a
 * path, an injected script could send data to any bucket there.
 * https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy#host-source
 */
export const packageAddress = ({ endpoint, bucket, bucketInHost = false }: PackagePlace): string =>
  bucketInHost
    ? `${endpoint.replace('://', `://${bucket}.`)}/${packageFolder}/`
    : `${endpoint}/${bucket}/${packageFolder}/`

/** In addition to the content security policy; CloudFront has separate fields for these. */
export const referrerPolicy = 'same-origin'
export const permissionsPolicy = 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'

/** The headers of the local runtime; HSTS is only for the deployment. */
export const consoleHeaders = (packages: PackagePlace): Record<string, string> => ({
  'content-security-policy': contentSecurityPolicy([packageAddress(packages)]),
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': permissionsPolicy,
  'referrer-policy': referrerPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
})
