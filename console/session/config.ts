import * as z from 'zod/mini'

const Config = z.object({
  /** Where docks log in with an account, `mqtts://…:8883`. Absent: the deployment does not know. */
  dockAddress: z.optional(z.string()),
  /** Absent: requests without a token are the local operator's, as on a laptop. */
  signIn: z.optional(
    z.object({
      /** The issuer, below which OpenID Connect discovery is. */
      authority: z.url(),
      clientId: z.string(),
      scope: z.string(),
      /** The token claim that holds a person's groups. */
      groupsClaim: z.string(),
      /** What the names of our groups begin with there. */
      groupPrefix: z.optional(z.string()),
      /** Ends the session at the issuer and leads back here. Absent: only this page forgets it. */
      signOutUrl: z.optional(z.url()),
    }),
  ),
})

/** What a deployment tells its console. It is no part of the page's files, which are the same everywhere. */
export type Config = z.infer<typeof Config>
export type SignInConfig = NonNullable<Config['signIn']>

/** Reads `/config.json`. @throws Error when the server has none that can be read */
export const readConfig = async (): Promise<Config> => {
  const response = await fetch('/config.json', { cache: 'no-store' })
  if (!response.ok) throw new Error(`/config.json: ${response.status}`)
  return Config.parse(await response.json())
}
