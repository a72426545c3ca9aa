import * as z from 'zod/mini'

const Config = z.object({
  /** The address of the docks' login, `mqtts://…:8883`. Absent: unknown to the deployment. */
  dockAddress: z.optional(z.string()),
  /** Absent: requests without a token act as the local operator, as on a laptop. */
  signIn: z.optional(
    z.object({
      /** The issuer, with OpenID Connect discovery below it. */
      authority: z.url(),
      clientId: z.string(),
      scope: z.string(),
      /** The token claim with a person's groups. */
      groupsClaim: z.string(),
      /** The prefix of our groups' names there. */
      groupPrefix: z.optional(z.string()),
      /** Ends the session at the issuer and redirects back here. Absent: only this page ends its session. */
      signOutUrl: z.optional(z.url()),
    }),
  ),
})

/**
 * A deployment's configuration of its console. It is separate from the page's files, which are the same
 * everywhere.
 */
export type Config = z.infer<typeof Config>
export type SignInConfig = NonNullable<Config['signIn']>

/** Reads `/config.json`. @throws Error if the server has no readable one */
export const readConfig = async (): Promise<Config> => {
  const response = await fetch('/config.json', { cache: 'no-store' })
  if (!response.ok) throw new Error(`/config.json: ${response.status}`)
  return Config.parse(await response.json())
}
