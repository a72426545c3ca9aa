import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import * as z from 'zod'
import { functionFiles } from '../../lib/functions/function-files.ts'
import { root } from '../support/imports.ts'

/** The construct in somebody else's app, outside of the tree: installed from its packed tarball, beside the CDK. */

const run = promisify(execFile)
const npm = (cwd: string, ...args: string[]) =>
  run('npm', [...args, '--offline', '--no-audit', '--no-fund'], { cwd })

const pack = async (into: string, folder: string): Promise<string> => {
  const { stdout } = await npm(root, 'pack', '--json', '--pack-destination', into, `./${folder}`)
  const packed = z
    .array(z.object({ filename: z.string() }))
    .parse(JSON.parse(stdout.slice(stdout.indexOf('[\n'))))
  return join(into, packed[0]?.filename ?? '')
}

/** What an app has besides: linked, so that no registry is asked. */
const link = (app: string, ...names: readonly string[]): void => {
  for (const name of names) {
    const target = join(app, 'node_modules', name)
    mkdirSync(dirname(target), { recursive: true })
    if (!existsSync(target)) symlinkSync(join(root, 'node_modules', name), target)
  }
}

const Template = z.object({
  Resources: z.record(
    z.string(),
    z.looseObject({ Type: z.string(), Properties: z.looseObject({}).optional() }),
  ),
  Outputs: z.record(z.string(), z.unknown()).default({}),
})

const synthesized = (app: string) => {
  const out = join(app, 'cdk.out')
  const [name = ''] = readdirSync(out).filter((one) => one.endsWith('.template.json'))
  const { Resources, Outputs } = Template.parse(JSON.parse(readFileSync(join(out, name), 'utf8')))
  const code = readdirSync(out).filter((one) => existsSync(join(out, one, 'index.mjs')))
  const ofType = (type: string) => Object.entries(Resources).filter(([, { Type }]) => Type === type)
  return { ofType, Outputs, code, text: JSON.stringify(Resources) }
}

const Versions = z.record(z.string(), z.string()).default({})
const Manifest = z.object({
  name: z.string(),
  version: z.string(),
  dependencies: Versions,
  devDependencies: Versions,
  peerDependencies: Versions,
})

/** By the app's own settings; a bare app gets those that are usual. */
const check = (app: string) => {
  const settings = { strict: true, noEmit: true, skipLibCheck: true, module: 'nodenext', target: 'es2022' }
  const file = join(app, 'tsconfig.json')
  if (!existsSync(file))
    writeFileSync(
      file,
      JSON.stringify({ compilerOptions: { ...settings, types: ['node'] }, files: ['app.ts'] }),
    )
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  return run(process.execPath, [tsc, '-p', app]).catch((error: { stdout?: string }) =>
    assert.fail(error.stdout),
  )
}

/**
 * Fails where the CDK would warn of a deprecated call. Without the CDK's checks, whose findings would only be printed: test/lib/findings.test.ts asks for them.
 */
const synth = (app: string) =>
  run(process.execPath, ['app.ts'], {
    cwd: app,
    env: {
      ...process.env,
      CDK_OUTDIR: join(app, 'cdk.out'),
      CDK_VALIDATION: 'false',
      JSII_DEPRECATED: 'fail',
    },
  })

const example =
  readFileSync(join(root, 'docs/construct.md'), 'utf8').split('```ts\n')[1]?.split('```')[0] ?? ''

/** A fault of properties, as whoever runs the app reads it. */
const faulty = (tries: readonly string[]): string => `
import { App, Duration, Stack } from 'aws-cdk-lib'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { Groundcrew, WrongOptions } from '@groundcrew/cdk'
const said = (make: (stack: Stack) => void) => {
  try {
    make(new Stack(new App(), 'Fleet'))
  } catch (error) {
    if (!(error instanceof WrongOptions)) throw error
    return error.message
  }
}
console.log(JSON.stringify([${tries.map((one) => `said((stack) => { ${one} })`).join(', ')}]))`

const places: string[] = []
after(() => {
  for (const directory of places) rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
})

const temporary = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'groundcrew-app-'))
  places.push(directory)
  return directory
}

const app = temporary()
// Not in a hook or a test: to build takes time, and those have a limit.
const tarball = await pack(app, 'cdk')
writeFileSync(join(app, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
// The CDK is linked: npm would ask the registry for it.
await npm(app, 'install', '--legacy-peer-deps', tarball)
assert.deepEqual(
  readdirSync(join(app, 'node_modules')).filter((name) => !name.startsWith('.')),
  ['@groundcrew'],
)
link(app, 'aws-cdk-lib', 'constructs', '@types/node', 'undici-types')

test('the construct makes a stack of the example of its page, which is rightly typed', async () => {
  writeFileSync(join(app, 'app.ts'), example)
  await Promise.all([check(app), synth(app)])
  const { ofType, Outputs, code, text } = synthesized(app)
  assert(ofType('AWS::Lambda::Function').length > 20)
  assert(code.length > 20)
  assert.deepEqual(Object.keys(Outputs), ['ApiUrl'])
  const own = ofType('AWS::S3::Bucket').map(([id]) => id)
  assert.deepEqual(
    own.map((id) => id.replace(/[0-9A-F]{8}$/, '')),
    ['Logs'],
  )
  assert.equal(ofType('AWS::Events::EventBus').length, 1)
  const topic = ofType('AWS::SNS::Topic')[0]?.[0] ?? ''
  for (const [, { Properties }] of ofType('AWS::CloudWatch::Alarm'))
    assert.partialDeepStrictEqual(Properties, { AlarmActions: [{ Ref: topic }] })
  const arrived = ofType('AWS::Events::Rule').find(([id]) => id.startsWith('GroundcrewArrived'))
  assert.match(JSON.stringify(arrived), /groundcrew\.upload\.verified\.v1.*\/groundcrew\/.*AWS::StackName/)
  assert.match(text, /"uploads\\":730/)
})

test('the construct lets its own queues be read, and those of no stack with a longer name', async () => {
  writeFileSync(
    join(app, 'app.ts'),
    `
import { App, Stack } from 'aws-cdk-lib'
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { Groundcrew } from '@groundcrew/cdk'
const stack = new Stack(new App(), 'Fleet')
new Queue(stack, 'Other')
const groundcrew = new Groundcrew(stack, 'Crew', {})
groundcrew.grantRedrive(new Role(stack, 'Person', { assumedBy: new AccountRootPrincipal() }))
`,
  )
  rmSync(join(app, 'cdk.out'), { recursive: true })
  await synth(app)
  const { ofType } = synthesized(app)
  const policies = ofType('AWS::IAM::Policy').filter(([id]) => id.startsWith('Person'))
  const granted = [...JSON.stringify(policies).matchAll(/\["(\w+)","Arn"\]/g)].map(([, id = '']) => id)
  const queues = ofType('AWS::SQS::Queue').map(([id]) => id)
  assert(queues.length > 8)
  assert.deepEqual(
    queues.filter((id) => !granted.includes(id)).map((id) => id.slice(0, 5)),
    ['Other'],
  )
  assert.doesNotMatch(JSON.stringify(policies), /:sqs:/)
})

test('the construct has all functions for each provider of storage', () => {
  const functions = join(app, 'node_modules/@groundcrew/cdk/dist/functions')
  for (const file of functionFiles) assert(existsSync(join(functions, 'aws', file, 'index.mjs')), file)
  assert.deepEqual(readdirSync(functions).sort(), ['ali', 'aws', 'minio'])
})

test('the construct trusts a user pool of the app', async () => {
  writeFileSync(
    join(app, 'app.ts'),
    `
import { App, Stack } from 'aws-cdk-lib'
import { UserPool } from 'aws-cdk-lib/aws-cognito'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Groundcrew } from '@groundcrew/cdk'
const stack = new Stack(new App(), 'Fleet')
const userPool = new UserPool(stack, 'People')
const encryptionKey = new Key(stack, 'Key')
new Groundcrew(stack, 'Crew', { userPool, userPoolClients: [userPool.addClient('Page')], encryptionKey, alarms: false })
`,
  )
  rmSync(join(app, 'cdk.out'), { recursive: true })
  await synth(app)
  const { ofType } = synthesized(app)
  assert.deepEqual(ofType('AWS::Cognito::UserPool').length, 1)
  const [, authorizer] = ofType('AWS::ApiGatewayV2::Authorizer')[0] ?? []
  assert.match(
    JSON.stringify(authorizer),
    /"Audience":\[\{"Ref":"PeoplePage\w+"\}\].*cognito-idp.*"Ref":"People/,
  )
})

test('the construct says all that is wrong by the names of properties', async () => {
  const wrong: [string, RegExp][] = [
    [
      "new Groundcrew(stack, 'A', { retention: { archives: Duration.hours(1), uploads: Duration.millis(5) }, autoRetries: 9, issuer: { url: 'http://x', audience: [] } })",
      /^These properties of Fleet\/A are wrong:\n(?=.*issuer\.audience)(?=.*retention\.archives)(?=.*retention\.uploads)(?=.*autoRetries)(?=.*issuer\.url)/s,
    ],
    [
      "new Groundcrew(stack, 'A', { packageDownloads: true, bucket: Bucket.fromBucketName(stack, 'B', 'logs') })",
      /packageDownloads: /,
    ],
    [
      "new Groundcrew(stack, 'A', { ...{ autoRetrys: 3 }, autoRetries: 9, retention: { uploads: Duration.hours(1) } })",
      /(?=.*has no autoRetrys)(?=.*autoRetries: must be a whole number from 0 to 3)(?=.*retention\.uploads: must be a whole number of days)/s,
    ],
    ["new Groundcrew(stack, 'A'); new Groundcrew(stack, 'B')", /Fleet\/A is in the same stack/],
  ]
  writeFileSync(join(app, 'app.ts'), faulty(wrong.map(([properties]) => properties)))
  const { stdout } = await synth(app)
  const said = z.array(z.string()).parse(JSON.parse(stdout))
  for (const [at, [, message]] of wrong.entries()) assert.match(said[at] ?? '', message)
})

test('the construct is in the app that npm create groundcrew makes', async () => {
  const place = temporary()
  writeFileSync(join(place, 'package.json'), '{ "private": true }')
  await npm(place, 'install', await pack(place, 'create'))
  const create = (...args: string[]) =>
    run(process.execPath, [join(place, 'node_modules/.bin/create-groundcrew'), ...args], { cwd: place })
  await create('my-crew', '--yes', '--region', 'eu-west-1', '--email', 'me@example.com')
  const made = join(place, 'my-crew')
  const { name, dependencies, devDependencies } = Manifest.parse(
    JSON.parse(readFileSync(join(made, 'package.json'), 'utf8')),
  )
  assert.equal(name, 'my-crew')
  // What it asks for is what the construct was made with.
  const own = Manifest.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
  const construct = Manifest.parse(JSON.parse(readFileSync(join(root, 'cdk/package.json'), 'utf8')))
  assert.equal(dependencies['@groundcrew/cdk'], `^${own.version}`)
  assert.equal(construct.version, own.version)
  assert.equal(dependencies['aws-cdk-lib'], `^${own.devDependencies['aws-cdk-lib']}`)
  assert.equal(construct.peerDependencies['aws-cdk-lib'], dependencies['aws-cdk-lib'])
  assert.equal(devDependencies['aws-cdk'], `^${own.devDependencies['aws-cdk']}`)

  symlinkSync(join(app, 'node_modules'), join(made, 'node_modules'))
  await Promise.all([check(made), synth(made)])
  const { ofType, Outputs } = synthesized(made)
  assert.partialDeepStrictEqual(Outputs, { ApiUrl: {}, SignInUrl: {} })
  assert.match(JSON.stringify(ofType('AWS::SNS::Subscription')), /me@example\.com/)

  for (const wrong of [
    ['my-crew'],
    ['--nope'],
    ['a', 'b'],
    ['x', '--region', 'Europe'],
    ['x', '--email', "a'b@c.d"],
  ]) {
    const refused = await create(...wrong, '--yes').then(
      () => ({ code: 0, stdout: '' }),
      (error: unknown) => z.object({ code: z.number(), stdout: z.string() }).parse(error),
    )
    assert.deepEqual(refused, { code: 2, stdout: '' })
    assert(!existsSync(join(place, 'x')))
  }
})

test('npm create groundcrew refuses a Node that cannot run the app', async () => {
  const folder = join(temporary(), 'x')
  const createWith = (node: string) => {
    const as = `Object.defineProperty(process,"versions",{value:{...process.versions,node:"${node}"}})`
    return run(process.execPath, [
      '--import',
      `data:text/javascript,${encodeURIComponent(as)}`,
      join(root, 'create/create.mjs'),
      folder,
      '--yes',
    ])
  }
  for (const old of ['14.18.0', '20.19.0', '22.17.1', '23.5.0']) {
    const told = {
      code: 2,
      stderr: new RegExp(`needs Node 22\\.18 .* this is ${old}\\. Nothing was made\\.\\n$`),
    }
    await assert.rejects(createWith(old), told)
    assert(!existsSync(folder))
  }
  await createWith('22.18.0')
  assert(existsSync(folder))
})
