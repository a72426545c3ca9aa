import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { isLong } from '../support/long-form.ts'
import { kept, synthesizer } from './kept.ts'

/** Both stacks as they are deployed, for sets of options that together have every value of every option. */

const oidcIssuer = 'https://login.example.com/'
const outside = {
  storageEndpoint: 'https://storage.example.com',
  dockStorageEndpoint: 'https://docks.example.com',
  storageRegion: 'us-east-1',
  storageSecretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:storage-AbCdEf',
  bucketName: 'dock-logs',
}

const kmsKeyArn = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'

export const optionSets: Record<string, Record<string, unknown>> = {
  'the defaults': {},
  'all that watches, and all that only tells the functions': {
    dashboard: 'on',
    alarmEmail: 'me@example.com',
    alarmTopicArn: 'arn:aws:sns:eu-central-1:123456789012:pager',
    consoleUrl: 'https://crew.example.com/',
    ackEvents: 'off',
    dockAlarms: 'off',
    timeSync: 'off',
    sourceMaps: 'on',
    expireUnit: 'seconds',
    autoRetries: 3,
    longUploads: 'split',
    eventBusArn: 'arn:aws:events:eu-central-1:123456789012:event-bus/everybody',
    archiveDays: 1,
    commandDays: 1,
    uploadDays: 1,
    upgradeDays: 1,
    rejectedDays: 1,
    logDays: 365,
    maxReadUnits: 1,
    maxWriteUnits: 1,
    iotEndpoint: 'abc-ats.iot.eu-central-1.amazonaws.com',
    machinePermissions: ['read', 'operate', 'download', 'admin', 'ingest'],
  },
  'the docks’ only platform': {
    dockServer: 'on',
    dockLicenceSecretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:licence-AbCdEf',
    ntpHost: 'ntp.example.com:1123',
  },
  'docks with accounts, at an address of AWS’s own': { dockLogin: 'on' },
  'packages that are downloaded with a token, and a key for them': { packageDownloads: 'on', kmsKeyArn },
  'docks with accounts, at an address of one’s own': {
    dockLogin: 'on',
    dockLoginConcurrency: 0,
    dockDomain: 'docks.example.com',
    dockCertificate: 'arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012',
  },
  'nothing that watches, and no console': { alarms: 'off', dashboard: 'off', console: 'off' },
  'a dashboard without alarms, and a key for the stack’s bucket': {
    alarms: 'off',
    dashboard: 'on',
    kmsKeyArn,
  },
  'an issuer, a bucket and a key of one’s own': {
    oidcIssuer,
    oidcAudience: 'crew',
    consoleClientId: 'console',
    commandLineClientId: 'groundcrew',
    groupsClaim: 'groups',
    groupPrefix: 'groundcrew:',
    bucketName: 'dock-logs',
    kmsKeyArn,
  },
  'an issuer of one’s own, no console, and MinIO': {
    oidcIssuer,
    oidcAudience: ['crew', 'others'],
    console: 'off',
    provider: 'minio',
    ...outside,
    storageRoleArn: 'arn:aws:iam::123456789012:role/docks',
  },
  'a name of one’s own, and OSS': {
    stackName: 'North-Sea',
    consoleDomain: 'crew.example.com',
    consoleCertificate: 'arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012',
    provider: 'ali',
    ...outside,
    storageRegion: 'cn-hangzhou',
    aliRoleArn: 'acs:ram::1234567890:role/docks',
    aliStsEndpoint: 'https://sts.example.com',
  },
}

const { consoleUrl: _, ...watched } =
  optionSets['all that watches, and all that only tells the functions'] ?? {}
const { consoleDomain, consoleCertificate } = optionSets['a name of one’s own, and OSS'] ?? {}

/**
 * Few sets whose stacks together have every property of every kind of resource that the stacks of all sets have:
 * for checks that take seconds a stack. `npm run test:long` checks all sets.
 */
const fewSets: typeof optionSets = {
  'nearly everything': {
    ...watched,
    ...optionSets['packages that are downloaded with a token, and a key for them'],
    ...optionSets['docks with accounts, at an address of one’s own'],
    consoleDomain,
    consoleCertificate,
  },
  'the docks’ only platform, at an address of AWS’s own': {
    ...optionSets['the docks’ only platform'],
    ...optionSets['docks with accounts, at an address of AWS’s own'],
  },
}

export const checkedSets = isLong ? optionSets : fewSets

const Stack = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).default({}),
      DeletionPolicy: z.string().optional(),
      UpdateReplacePolicy: z.string().optional(),
    }),
  ),
  Outputs: z.record(z.string(), z.looseObject({ Export: z.unknown().optional() })).default({}),
})
export type Stack = z.infer<typeof Stack>

/** Stands in for the built page: what is in it makes no difference to the stack. */
const placeholder = (folder: string): string => {
  const files = join(folder, 'page')
  mkdirSync(join(files, 'assets'), { recursive: true })
  writeFileSync(join(files, 'index.html'), '<!doctype html>')
  writeFileSync(join(files, 'assets', 'index.js'), '')
  return files
}

/** Writes the templates of both stacks to `outdir`, without the functions' code, and answers their paths. */
export const writeStacks = (
  context: Record<string, unknown>,
  outdir: string,
  { validate = false } = {},
): string[] => {
  const consoleFiles = placeholder(outdir)
  const assembly = join(outdir, 'assembly')
  const { synthesize } = synthesizer()
  const bare = { ...context, 'aws:cdk:bundling-stacks': [] }
  synthesize({ outdir: assembly, consoleFiles, context: bare, validate })
  return readdirSync(assembly)
    .filter((name) => name.endsWith('.template.json'))
    .map((name) => join(assembly, name))
}

const readStacks = (context: Record<string, unknown>): unknown[] => {
  const outdir = mkdtempSync(join(tmpdir(), 'groundcrew-stacks-'))
  try {
    const paths = writeStacks(context, outdir).sort((a, b) => a.length - b.length)
    return paths.map((path) => JSON.parse(readFileSync(path, 'utf8')))
  } finally {
    rmSync(outdir, { recursive: true })
  }
}

/** The templates of the backend and, unless it is off, of the console, in this order, as they are written. */
export const templatesOf = (context: Record<string, unknown> = {}): unknown[] =>
  z.array(z.unknown()).parse(JSON.parse(kept('stacks', context, () => readStacks(context))))

/** The same, with what a resource may leave out. */
export const stacksOf = (context?: Record<string, unknown>): Stack[] =>
  z.array(Stack).parse(templatesOf(context))

export type Pseudo = { region?: string; accountId?: string; stackName?: string }

const Join = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) })
const Ref = z.object({ Ref: z.string() })
const GetAtt = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) })

/** A value as text: pseudo parameters as given, every other reference as the logical id that it leads to. */
export const textOf = (value: unknown, pseudo: Pseudo = {}): string => {
  if (typeof value === 'string') return value
  const joined = Join.safeParse(value).data?.['Fn::Join']
  if (joined) return joined[1].map((part) => textOf(part, pseudo)).join(joined[0])
  const ref = Ref.safeParse(value).data?.Ref
  const known: Record<string, string | undefined> = {
    'AWS::Region': pseudo.region ?? 'eu-central-1',
    'AWS::AccountId': pseudo.accountId ?? '123456789012',
    'AWS::StackName': pseudo.stackName ?? 'Groundcrew',
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
  }
  if (ref !== undefined) return known[ref] ?? ref
  return GetAtt.parse(value)['Fn::GetAtt'].join('.')
}
