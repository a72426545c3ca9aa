import '@cloudscape-design/global-styles/index.css'
import './console.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { identifyWith } from './api/client.ts'
import { Console } from './console.tsx'
import { readConfig } from './session/config.ts'
import { everything } from './session/grants.ts'
import type { Session } from './session/session.tsx'
import { SignInPage } from './session/sign-in-page.tsx'
import { showMode, startingMode } from './shell/color-mode.ts'
import { StartFailure } from './shell/start-failure.tsx'

/** Starts the page: reads the configuration and the session, then shows the console or the sign-in. */
const start = async () => {
  const { signIn: config, dockAddress } = await readConfig()
  if (!config) return <Console session={{ name: 'Local operator', grants: everything, dockAddress }} />
  // Without sign-in its code is not loaded.
  const { openSignIn } = await import('./session/sign-in.ts')
  let problem: string | undefined
  const signIn = await openSignIn(config).catch(async () => {
    history.replaceState(null, '', '/')
    problem = 'The sign-in did not succeed. Try again.'
    return openSignIn(config)
  })
  const { user } = signIn
  if (!user) return <SignInPage start={signIn.start} problem={problem} />
  identifyWith(user.token, async () => {
    await signIn.forget()
    render(<SignInPage start={signIn.start} problem="The session has ended." />)
  })
  const { name, grants, signOut } = user
  const session: Session = { name, grants, signOut, dockAddress }
  return <Console session={session} />
}

showMode(startingMode())
const root = createRoot(document.getElementById('root') ?? document.body)
const render = (page: React.ReactNode): void => root.render(<StrictMode>{page}</StrictMode>)

start().then(render, () => render(<StartFailure />))
