import { spawn } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import * as z from 'zod'
import { account, type Emulator, region } from './emulator.ts'

const root = join(import.meta.dirname, '../..')
const cdkProgram = join(root, 'node_modules/.bin/cdk')
const callProgram = join(import.meta.dirname, 'ministack', 'call.py')

type Env = Record<string, string>

/** A deployment takes half a minute; one that waits for an answer that never comes would wait for an hour. */
const patienceMs = 240_000

/** Runs a program to its end. @throws Error with what it said last, when it fails */
export const runProgram = async (
  command: string,
  args: string[],
  env: Env,
  { input = '', cwd = root }: { input?: string; cwd?: string } = {},
): Promise<string> => {
  const child = spawn(command, args, { env, cwd, timeout: patienceMs })
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (status === 0) return stdout
  throw new Error(
    `${args.slice(0, 3).join(' ')} ended with ${status ?? 'no answer'}:\n${(stdout + stderr).slice(-3000)}`,
  )
}

/** A call of AWS by its stock Python client, as whose keys are in the environment. */
export type Call = <Answer>(
  service: string,
  operation: string,
  request: object,
  answer: z.ZodType<Answer>,
) => Promise<Answer>

export const callerIn =
  (python: string, env: Env): Call =>
  async (service, operation, request, answer) =>
    answer.parse(
      JSON.parse(
        await runProgram(python, [callProgram, service, operation], env, { input: JSON.stringify(request) }),
      ),
    )

const Key = z.object({ AccessKey: z.object({ AccessKeyId: z.string(), SecretAccessKey: z.string() }) })

/**
 * An IAM user that may do everything, as somebody who deploys: the account's root is checked against no
 * policy.
 */
export const deployerIn = async (python: string, { env, rootKeys }: Emulator) => {
  const asRoot = callerIn(python, { ...env, ...rootKeys })
  const UserName = 'deployer'
  await asRoot('iam', 'create_user', { UserName }, z.unknown())
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
  await asRoot('iam', 'attach_user_policy', { UserName, PolicyArn }, z.unknown())
  const { AccessKey } = await asRoot('iam', 'create_access_key', { UserName }, Key)
  return {
    ...env,
    AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey,
  }
}

const Outputs = z.record(z.string(), z.record(z.string(), z.string()))

export type Outputs = Record<string, string>

const flags = (options: Env): string[] =>
  Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])

/**
 * The real CDK CLI, on the stacks as they are, or on sources elsewhere. It keeps what it says in `cdk.log`.
 */
export const cdkIn = (env: Env, directory: string) => {
  const log = createWriteStream(join(directory, 'cdk.log'))
  const outputs = join(directory, 'outputs.json')
  const cdk = async (args: string[], cwd = root): Promise<string> => {
    const more = ['--output', join(directory, 'cdk.out'), '--no-notices']
    const quiet = { ...env, CDK_DISABLE_CLI_TELEMETRY: 'true' }
    const said = await runProgram(cdkProgram, [...args, ...more], quiet, { cwd })
    log.write(said)
    return said
  }
  return {
    bootstrap: () => cdk(['bootstrap', `aws://${account}/${region}`]),
    deploy: async (options: Env, sources?: string) => {
      const all = ['--all', '--require-approval', 'never', '--progress', 'events', '--outputs-file', outputs]
      const said = await cdk(['deploy', ...all, ...flags(options)], sources)
      const ofStack = Outputs.parse(JSON.parse(readFileSync(outputs, 'utf8')))[stackIn(options)]
      if (!ofStack) throw new Error(`The CDK told no outputs of ${stackIn(options)}`)
      return { said, outputs: ofStack }
    },
    destroy: (options: Env) => cdk(['destroy', '--all', '--force', ...flags(options)]),
  }
}
export type Cdk = ReturnType<typeof cdkIn>

export const stackIn = ({ stackName = 'Groundcrew' }: Env): string => stackName
