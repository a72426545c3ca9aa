import assert from 'node:assert/strict'
import { operatorOf } from '../support/operator.ts'
import { newDockSn } from '../support/story.ts'
import { openApiLine } from './api-line.ts'
import { askForToken, type Deployed, deployedBackend, output } from './backend.ts'
import { type Call, callerIn, cdkIn, deployerIn } from './cloud.ts'
import { openDeviceLine } from './device-line.ts'
import type { Emulator } from './emulator.ts'
import { checkStorage, loggedBy, resourcesOf, takePoliciesAway } from './operations.ts'
import { type Result, runScenarios } from './scenarios.ts'

/** The emulator has no metric math, which the alarms are made of. */
const plain = { alarms: 'off' }
/** The option that docs/deploy.md names for registering docks by machine. */
const withAdmin = { ...plain, machinePermissions: 'read,operate,download,admin,ingest' }

const stacks = ['CDKToolkit', 'Groundcrew', 'GroundcrewConsole'] as const

export type Story = <Value>(name: string, tell: () => Promise<Value>) => Promise<Value>

/** A function whose rights are gone is refused by the emulator, and works again when it has them back. */
const missesItsRights = async (call: Call, backend: Deployed): Promise<void> => {
  const dock = operatorOf(backend, newDockSn())
  await dock.register()
  const before = await loggedBy(call, 'Groundcrew', 'Apirequestlisting', 'AccessDenied')
  assert.deepEqual(before, [])
  const giveBack = await takePoliciesAway(call, 'Groundcrew', 'Apirequestlisting')
  const refused = await backend.api('POST', `${dock.path}/log-listings`, {})
  await giveBack()
  assert.equal(refused.status, 500, JSON.stringify(refused.body))
  const said = await loggedBy(call, 'Groundcrew', 'Apirequestlisting', 'AccessDenied')
  assert(said.length > 0, 'the function failed, and not for want of a right')
  assert.equal((await dock.askListing()).state, 'requested')
}

/** Everything that is done there, in an operator's order. Answers how many resources there were. */
export const tellStories = async (
  { python, emulator, directory }: { python: string; emulator: Emulator; directory: string },
  story: Story,
): Promise<{ scenarios: Result[]; resources: number }> => {
  const env = await deployerIn(python, emulator)
  const call = callerIn(python, env)
  const cdk = cdkIn(env, directory)
  const outputs = await story('the stacks are deployed from nothing, after cdk bootstrap', async () => {
    await cdk.bootstrap()
    return (await cdk.deploy(plain)).outputs
  })
  await story('deployed again, they do not change', async () => {
    const { said } = await cdk.deploy(plain)
    assert.equal(said.match(/\(no changes\)/g)?.length, 2, said)
  })
  const token = await story('an option is changed, and the machine client may administer', async () => {
    const before = await askForToken(call, emulator.url, outputs, 'groundcrew/admin')
    assert('error' in before, 'the client may ask for more than the stack allows')
    await cdk.deploy(withAdmin)
    const after = await askForToken(call, emulator.url, outputs, 'groundcrew/admin')
    assert('access_token' in after, JSON.stringify(after))
    const all = await askForToken(call, emulator.url, outputs)
    assert('access_token' in all, JSON.stringify(all))
    return all.access_token
  })
  const line = await openDeviceLine(call, emulator)
  const api = await openApiLine(emulator.url, output(outputs, 'ApiId'))
  try {
    const backend = deployedBackend(api.url, line.mqttUrl, token)
    await story('npm run check-storage passes every step', () => checkStorage(env, backend))
    await story('a function without its policy is refused', () => missesItsRights(call, backend))
    const scenarios = await runScenarios({
      ...{ ...process.env, ...emulator.trust },
      ...{ GROUNDCREW_URL: backend.url, GROUNDCREW_MQTT_URL: line.mqttUrl, GROUNDCREW_TOKEN: backend.token },
    })
    const counts = await Promise.all(stacks.map(async (name) => (await resourcesOf(call, name)).length))
    return { scenarios, resources: counts.reduce((sum, count) => sum + count, 0) }
  } finally {
    line.close()
    api.close()
  }
}
