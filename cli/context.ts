import { groundcrew, type WaitOptions } from '../client/index.ts'
import { operatorEnv } from '../redrive/local-data.ts'
import { type Exit, misused } from './exit.ts'
import { createOut, type Streams } from './output/out.ts'
import { atStoredAddress } from './sentences.ts'
import { type Environment, openSettings } from './settings.ts'
import { tokenSource } from './sign-in/sessions.ts'
import { isLoopback } from './sign-in/where.ts'

/**
 * The environment of a command, from the shell. `paceMs`: the polling interval of a watch, if not the
 * client's own.
 */
export type World = {
  env: Environment
  streams: Streams
  signal: AbortSignal
  paceMs?: WaitOptions<unknown>['paceMs']
}

/** The options of every command. */
export type Common = { url?: string | undefined; json?: boolean | undefined }

/** The default address of `npm start`. */
const usualUrl = 'http://127.0.0.1:3000'

/**
 * The address of the `npm start` that runs in this folder, at whatever port. Only on this machine: the folder may be
 * somebody else's, and its files must not redirect a token.
 */
const localUrl = (): string | undefined => {
  const url = operatorEnv('.groundcrew')?.GROUNDCREW_API_URL ?? ''
  return URL.canParse(url) && isLoopback(new URL(url)) ? url : undefined
}

const urlFrom = (given: string): string => {
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
    throw misused(
      `${given} is no address of an API`,
      'Give one like https://groundcrew.example.com as --url.',
    )
  return given.replace(/\/+$/, '')
}

/** The context of a command: the API, with the signed-in user's token, and output. */
export const openContext = ({ env, streams, signal, paceMs }: World, { url: given, json }: Common) => {
  const settings = openSettings(env)
  const named = given ?? (env.GROUNDCREW_URL || undefined)
  const stored = named === undefined ? settings.config().url : undefined
  const url = urlFrom(named ?? stored ?? localUrl() ?? usualUrl)
  return {
    env,
    settings,
    url,
    /** Says of an error where the address comes from, if no answer came from it. */
    withOrigin: (error: unknown): unknown =>
      stored === undefined ? error : atStoredAddress(error, settings.configFile, localUrl()),
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

/** `endsWith` sets the exit status of a command whose work ends other than `done`. */
export type Context = ReturnType<typeof openContext> & { endsWith: (status: Exit) => void }
