import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { openApiLine } from './api-line.ts'
import { askForToken, deployedBackend, output } from './backend.ts'
import { listenToBus } from './bus.ts'
import { type Call, type Cdk, callerIn, cdkIn, deployerIn, type Outputs } from './cloud.ts'
import { certificateWith, openDeviceLine } from './device-line.ts'
import { deleteWhatWasKept } from './documented.ts'
import { type Emulator, endsWithItsStarter } from './emulator.ts'
import { installedSeaweedfs } from './install.ts'
import { sourcesWithoutGrant } from './missing-grant.ts'
import { checkStorage, loggedBy, resourcesOf, statusOf } from './operations.ts'
import { failures } from './report.ts'
import { type Result, runScenarios, runStory } from './scenarios.ts'
import { startSeaweedfs } from './seaweedfs.ts'

/** The emulator has no metric math, which the alarms are made of. */
const plain = { alarms: 'off' }
/** The option that docs/deploy.md names for registering docks by machine. */
const withAdmin = { ...plain, machinePermissions: 'read,operate,download,admin,ingest' }

/** What the stories of `test/scenarios` make happen, each told of another kind of record. */
const happens = ['groundcrew.alarm.raised.v1', 'groundcrew.upload.verified.v1']

const stacks = ['CDKToolkit', 'Groundcrew', 'GroundcrewConsole'] as const

/** What the run tells at its end. */
export type Book = {
  /** Runs a story and notes it. */
  story: <Value>(name: string, tell: () => Promise<Value>) => Promise<Value>
  add: (told: readonly Result[]) => void
  /** Resources of all stacks. */
  count: (resources: number) => void
}

type Env = Record<string, string>
type Stage = { env: Env; call: Call; cdk: Cdk; emulator: Emulator; python: string; directory: string }

/** The stack's API and docks' line, as the stories find them in their environment. Ends with `close`. */
const openLines = async ({ call, emulator, env, python, directory }: Stage, outputs: Outputs) => {
  const token = await askForToken(call, emulator.url, outputs)
  assert('access_token' in token, JSON.stringify(token))
  const line = await openDeviceLine(call, emulator)
  const api = await openApiLine(emulator.url, output(outputs, 'ApiId'))
  const backend = deployedBackend(api.url, line.mqttUrl, token.access_token)
  const operator = join(directory, 'operator.json')
  writeFileSync(operator, JSON.stringify({ stackName: 'Groundcrew', python, env }))
  return {
    backend,
    stories: {
      ...process.env,
      ...emulator.trust,
      GROUNDCREW_OPERATOR: operator,
      GROUNDCREW_URL: backend.url,
      GROUNDCREW_MQTT_URL: line.mqttUrl,
      GROUNDCREW_TOKEN: backend.token,
    },
    close: () => {
      line.close()
      api.close()
    },
  }
}

/**
 * A grant is taken away in `lib/`, and an option is changed: what the option opens is open, and a story fails
 * for want of the right, by the evaluator of the emulator.
 */
const missesGrant = async (stage: Stage, outputs: Outputs): Promise<void> => {
  const { call, cdk, emulator, directory } = stage
  const before = await askForToken(call, emulator.url, outputs, 'groundcrew/admin')
  assert('error' in before, 'the client may ask for more than the stack allows')
  await cdk.deploy(withAdmin, sourcesWithoutGrant(directory))
  const lines = await openLines(stage, outputs)
  try {
    // What a function logs late, the emulator has only with its next start.
    const said = await lines.backend.until(
      async () => {
        const told = await runStory(lines.stories, 'busy-dock.test.ts')
        assert(failures(told).length > 0, 'no story misses the right')
        return loggedBy(call, 'Groundcrew', 'Apirequestlisting', 'AccessDenied')
      },
      ({ length }) => length > 0,
    )
    assert.match(said.join(), /dynamodb:PutItem/)
  } finally {
    lines.close()
  }
}

/** `cdk destroy` with docks that have their certificates, then what docs/destroy.md says of what is kept. */
const destroys = async ({ cdk, call, env }: Stage, options: Env, outputs: Outputs): Promise<void> => {
  const [DOCK_POLICY, TABLE, USER_POOL] = ['DockPolicyName', 'TableName', 'UserPoolId'].map((name) =>
    output(outputs, name),
  )
  assert(DOCK_POLICY && TABLE && USER_POOL)
  const thingName = '7CTDM0000000001'
  await call('iot', 'create_thing', { thingName }, z.unknown())
  const { certificateArn } = await certificateWith(call, DOCK_POLICY)
  await call('iot', 'attach_thing_principal', { thingName, principal: certificateArn }, z.unknown())
  await cdk.destroy(options)
  const { stackName = '' } = options
  assert.equal(await statusOf(call, stackName), 'DELETE_COMPLETE')
  await deleteWhatWasKept({ ...env, DOCK_POLICY, TABLE, USER_POOL })
  await assert.rejects(call('dynamodb', 'describe_table', { TableName: TABLE }, z.unknown()), /NotFound/)
  await assert.rejects(call('iot', 'get_policy', { policyName: DOCK_POLICY }, z.unknown()), /NotFound/)
}

/**
 * A second stack beside the first, whose archives go to an object storage that is not ours either. It has no
 * console, whose files the CDK empties by a function that looks for a bucket's own host name.
 */
const tellBeside = async (stage: Stage, { story, add }: Book, outputs: Outputs): Promise<void> => {
  const found = await installedSeaweedfs(stage.python)
  const name = 'a second stack beside it, with provider=minio and archives in SeaweedFS'
  if ('missing' in found) return add([{ name, depth: 0, outcome: 'skipped', said: found.missing, ms: 0 }])
  const storage = await startSeaweedfs(stage.python, found.weed, stage.directory)
  try {
    const secret = { Name: 'groundcrew/storage', SecretString: JSON.stringify(storage.keys) }
    const { ARN } = await stage.call('secretsmanager', 'create_secret', secret, z.object({ ARN: z.string() }))
    const own = { stackName: 'Harbour', console: 'off', storageSecretArn: ARN }
    const options = { ...withAdmin, ...storage.context, ...own }
    const harbour = await story(name, async () => (await stage.cdk.deploy(options)).outputs)
    const [lines, first] = [await openLines(stage, harbour), await openLines(stage, outputs)]
    try {
      await story('npm run check-storage says of SeaweedFS what docs/storage.md does', () =>
        assert.rejects(checkStorage(stage.env, lines.backend), /caseFolded/),
      )
      add(await runStory(first.stories, 'busy-dock.test.ts'))
    } finally {
      lines.close()
      first.close()
    }
    await story('it is destroyed, and what it keeps deleted, as docs/destroy.md has both', () =>
      destroys(stage, options, harbour),
    )
    await story('it is deployed anew after that, and the first one stays', async () => {
      const { outputs: anew } = await stage.cdk.deploy(options)
      const [again, stays] = [await openLines(stage, anew), await openLines(stage, outputs)]
      try {
        await assert.rejects(checkStorage(stage.env, again.backend), /caseFolded/)
        await checkStorage(stage.env, stays.backend)
      } finally {
        again.close()
        stays.close()
      }
    })
  } finally {
    await storage.stop()
  }
}

/** Everything that is done there, in an operator's order. */
export const tellStories = async (
  { python, emulator, directory }: { python: string; emulator: Emulator; directory: string },
  book: Book,
): Promise<void> => {
  const { story } = book
  const env = await deployerIn(python, emulator)
  const cdk = cdkIn(env, directory)
  const stage = { env, call: callerIn(python, env), cdk, emulator, python, directory }
  await story('the emulator ends with whoever started it, also by a kill', () =>
    endsWithItsStarter(python, directory),
  )
  const outputs = await story('the stacks are deployed from nothing, after cdk bootstrap', async () => {
    await cdk.bootstrap()
    return (await cdk.deploy(plain)).outputs
  })
  const counts = await Promise.all(stacks.map(async (name) => (await resourcesOf(stage.call, name)).length))
  book.count(counts.reduce((sum, count) => sum + count, 0))
  await story('deployed again, they do not change', async () => {
    const { said } = await cdk.deploy(plain)
    assert.equal(said.match(/\(no changes\)/g)?.length, 2, said)
  })
  await story('a grant is taken away in lib/, an option is changed: a story fails with AccessDenied', () =>
    missesGrant(stage, outputs),
  )
  await story('deployed with the grant', () => cdk.deploy(withAdmin))
  const { backend, stories, close } = await openLines(stage, outputs)
  try {
    await story('npm run check-storage passes every step', () => checkStorage(env, backend))
    const told = await listenToBus(stage.call, 'Groundcrew', happens)
    book.add(await runScenarios(stories))
    await story('what happened in these stories is told on the bus, to a rule of one’s own', async () => {
      const events = await backend.until(told, (all) =>
        happens.every((type) => all.some((event) => event.type === type)),
      )
      assert.deepEqual([...new Set(events.map(({ source }) => source))], ['/groundcrew/Groundcrew'])
    })
  } finally {
    close()
  }
  await tellBeside(stage, book, outputs)
}
