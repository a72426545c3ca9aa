import * as z from 'zod'

/** Options of the console. */
export const consoleOptions = {
  /** The operator's web page, in a stack of its own. */
  console: z.enum(['on', 'off']).default('on'),
  /** The console's URL, to which the sign-in page may redirect; known after the first deployment. */
  consoleUrl: z
    .url()
    .refine(
      (url) => /^(https:\/\/|http:\/\/localhost[:/])/.test(url),
      'must be https, unless it is localhost',
    )
    .refine((url) => url.endsWith('/'), 'must end in a slash')
    .optional(),
  /** A custom domain for the console, with its certificate in us-east-1, where CloudFront looks for it. */
  consoleDomain: z.hostname().optional(),
  consoleCertificate: z
    .string()
    .regex(/^arn:aws[\w-]*:acm:us-east-1:/, 'must be the ARN of a certificate in us-east-1')
    .optional(),
  /** The console's client at `oidcIssuer`: public, authorization code with PKCE. */
  consoleClientId: z.string().min(1).optional(),
  /** The command line's client there; without it, people who log in have to name one. */
  commandLineClientId: z.string().min(1).optional(),
}

type Chosen = { [Name in 'consoleUrl' | 'consoleDomain']?: string | undefined }

/** By default the console is that of the local runtime. */
export const placeOf = ({ consoleUrl, consoleDomain }: Chosen): string =>
  consoleUrl ?? (consoleDomain ? `https://${consoleDomain}/` : 'http://localhost:3000/')

/**
 * The allowed origins of the console's requests to storage. A local console may use any port: the local
 * runtime chooses one, and so does Vite.
 */
export const consoleOrigins = (consoleUrl: string): string[] => {
  const { hostname, origin } = new URL(consoleUrl)
  return hostname === 'localhost' ? ['http://localhost:*', 'http://127.0.0.1:*'] : [origin]
}
