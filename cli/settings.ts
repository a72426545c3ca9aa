import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import * as z from 'zod/mini'
import { Failure } from './exit.ts'

/**
 * The user's files: the API's address, and tokens.
 * https://specifications.freedesktop.org/basedir-spec/latest/
 */

export type Environment = Readonly<Record<string, string | undefined>>

const folderOf = (env: Environment): string =>
  join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'groundcrew')

const Config = z.strictObject({ url: z.optional(z.url({ protocol: /^https?$/ })) })
export type Config = z.infer<typeof Config>

/** Tokens by the API's address. `refreshToken`: absent for machines, which have their secret. */
const Session = z.object({
  accessToken: z.string(),
  refreshToken: z.optional(z.string()),
  /** Epoch ms. */
  expiresAt: z.number(),
  issuer: z.string(),
  clientId: z.string(),
  machine: z.optional(z.boolean()),
})
export type Session = z.infer<typeof Session>
const Sessions = z.record(z.string(), Session)

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')

const read = <Shape extends z.core.$ZodType>(file: string, shape: Shape): z.output<Shape> | undefined => {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw new Failure(`${file} cannot be read`, { remedy: 'Let your user read it, or remove it.' })
  }
  const parsed = z.safeParse(shape, jsonOf(text))
  if (parsed.success) return parsed.data
  throw new Failure(`${file} is not as this program writes it`, { remedy: 'Correct it, or remove it.' })
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Writes atomically, and never readable by other users. */
const write = (file: string, content: unknown): void => {
  const made = `${file}.${process.pid}`
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(made, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
    chmodSync(made, 0o600)
    renameSync(made, file)
  } catch {
    rmSync(made, { force: true })
    throw new Failure(`${file} cannot be written`, {
      remedy: 'Give your user the folder, or name another in XDG_CONFIG_HOME.',
    })
  }
}

/** The files of the user with this environment. */
export const openSettings = (env: Environment) => {
  const configFile = join(folderOf(env), 'config.json')
  const sessionFile = join(folderOf(env), 'credentials.json')
  const sessions = (): z.output<typeof Sessions> => read(sessionFile, Sessions) ?? {}
  return {
    configFile,
    sessionFile,
    config: (): Config => read(configFile, Config) ?? {},
    saveConfig: (config: Config): void => write(configFile, config),
    session: (url: string): Session | undefined => sessions()[url],
    saveSession: (url: string, session: Session): void =>
      write(sessionFile, { ...sessions(), [url]: session }),
    /** Returns whether there was one. */
    forget: (url: string): boolean => {
      const { [url]: gone, ...others } = sessions()
      if (gone !== undefined) write(sessionFile, others)
      return gone !== undefined
    },
  }
}
export type Settings = ReturnType<typeof openSettings>
