import type { Program } from '../command.ts'
import type { Context } from '../context.ts'
import { Failure, misused } from '../exit.ts'
import { plain } from '../output/text.ts'
import type { Session } from '../settings.ts'
import { signInByBrowser } from '../sign-in/browser.ts'
import { signInByCode } from '../sign-in/device.ts'
import { machineOf, signInMachine, signOut } from '../sign-in/sessions.ts'
import { givenIn, issuerOf } from '../sign-in/where.ts'

type Asked = {
  device?: true | undefined
  machine?: true | undefined
  browser: boolean
  issuer?: string | undefined
  clientId?: string | undefined
  scope?: string | undefined
}

/** For a machine only the issuer must be known: its client comes with the secret. */
const asMachine = async ({ env, url }: Context, asked: Asked): Promise<Session> => {
  const machine = machineOf(env)
  if (!machine)
    throw misused(
      '--machine takes the client from GROUNDCREW_CLIENT_ID and GROUNDCREW_CLIENT_SECRET',
      'Set both in the environment; docs/deploy.md says where the secret is.',
    )
  const at = await issuerOf(url, { ...givenIn(env, asked), clientId: machine.clientId })
  if (!at) throw new Failure(`Nobody has to sign in at ${url}`)
  return signInMachine(at.issuer, machine, asked.scope)
}

const signIn = async ({ env, url, out, signal }: Context, asked: Asked): Promise<Session | undefined> => {
  const at = await issuerOf(url, givenIn(env, asked))
  if (!at) return undefined
  if (asked.device)
    return signInByCode(at, {
      signal,
      show: ({ code, address }) =>
        out.note(`Open ${plain(address)} on any machine, and enter ${plain(code)}`),
    })
  return signInByBrowser(at, {
    signal,
    openBrowser: asked.browser,
    show: (address) => out.note(`Sign in at ${plain(address)}`),
  })
}

const login = async (context: Context, asked: Asked): Promise<void> => {
  const { settings, out, url } = context
  const session = asked.machine ? await asMachine(context, asked) : await signIn(context, asked)
  settings.saveConfig({ ...settings.config(), url })
  if (session) settings.saveSession(url, session)
  const until = session && new Date(session.expiresAt).toISOString()
  out.record({ url, signedIn: session !== undefined, ...(until ? { expiresAt: until } : {}) }, () =>
    session ? `Signed in at ${url}` : `Nobody has to sign in at ${url}; it is used from now on`,
  )
}

const logout = async ({ settings, out, url }: Context): Promise<void> => {
  const session = settings.session(url)
  if (session) await signOut(session)
  settings.forget(url)
  out.record({ url, signedIn: false }, () =>
    session ? `Signed out of ${url}` : `Nobody was signed in at ${url}`,
  )
}

export const addLogin = ({ command, run }: Program): void => {
  command('login')
    .description('Sign in, and store the address of --url for later commands')
    .option('--device', 'with a code that is entered on another machine, if the issuer supports it')
    .option('--machine', 'with GROUNDCREW_CLIENT_ID and GROUNDCREW_CLIENT_SECRET of the environment')
    .option('--no-browser', 'only print the address to sign in at')
    .option('--issuer <address>', 'the issuer, where the deployment does not say (GROUNDCREW_ISSUER)')
    .option('--client-id <id>', 'the client there (GROUNDCREW_CLIENT_ID)')
    .option('--scope <scopes>', 'with --machine: what it asks for, such as groundcrew/admin')
    .action((asked) => run((context) => login(context, asked)))
  command('logout')
    .description('Delete the token, and revoke the refresh token')
    .action(() => run(logout))
}
