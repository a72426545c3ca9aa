import { groundcrew, type WaitOptions } from '../client/index.ts'
import { operatorEnv } from '../redrive/local-data.ts'
import { type Exit, misused } from './exit.ts'
import { createOut, type Streams } from './output/out.ts'
import { type Environment, openSettings } from './settings.ts'
import { tokenSource } from './sign-in/sessions.ts'
import { isLoopback } from './sign-in/where.ts'

/**
 * Where a command runs: what the shell gave it. `paceMs`: between two looks at what is watched, where that is not
 * as often as the client does.
 */
export type World = {
  env: Environment
  streams: Streams
  signal: AbortSignal
  paceMs?: WaitOptions<unknown>['paceMs']
}

/** What every command takes. */
export type Common = { url?: string | undefined; json?: boolean | undefined }

/** What `npm start` listens on unless it is told otherwise. */
const usualUrl = 'http://127.0.0.1:3000'

/**
 * That of the `npm start` of this folder, at whatever port. Of this machine alone: the folder may be somebody else's,
 * and a token must not go where its files say.
 */
const localUrl = (): string => {
  const said = operatorEnv('.groundcrew')?.GROUNDCREW_API_URL ?? ''
  return URL.canParse(said) && isLoopback(new URL(said)) ? said : usualUrl
}

const urlFrom = (given: string): string => {
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
    throw misused(
      `${given} is no address of an API`,
      'Give one like https://groundcrew.example.com as --url.',
    )
  return given.replace(/\/+$/, '')
}

/** What a command works with: the API, as whoever is signed in, and a place to print. */
export const openContext = ({ env, streams, signal, paceMs }: World, { url: given, json }: Common) => {
  const settings = openSettings(env)
  const url = urlFrom(given ?? (env.GROUNDCREW_URL || settings.config().url || localUrl()))
  return {
    env,
    settings,
    url,
    signal,
    pace: paceMs === undefined ? {} : { paceMs },
    out: createOut(streams, { json: json === true }),
    crew: groundcrew({
      url,
      token: tokenSource(url, settings, env),
      headers: { 'user-agent': 'groundcrew-cli' },
    }),
  }
}

/** `endsWith`: the exit status of a command that is not `done` once its work is. */
export type Context = ReturnType<typeof openContext> & { endsWith: (status: Exit) => void }
