import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { IConstruct } from 'constructs'
import * as z from 'zod'
import { permissions } from '../../lambdas/http/route.ts'
import { defaultRetention } from '../../lambdas/table/schema.ts'
import { consoleOptions, placeOf } from './console-options.ts'
import { signInFault, stackName } from './stack-name.ts'
import { chooseStorage, secretArn, storageOptions } from './storage-options.ts'
import { WrongOptions } from './wrong-options.ts'

const count = z.coerce.number('must be a number').int('must be whole').positive('must be more than 0')
const between = (least: number, most: number) => {
  const message = `must be a whole number from ${least} to ${most}`
  return z.coerce.number(message).int(message).min(least, message).max(most, message)
}
const days = z.coerce
  .number('must be a number of days')
  .int('must be a whole number of days')
  .positive('must be at least one day')
const logRetention = Object.values(RetentionDays).filter((days) => typeof days === 'number')
const list = z.union([z.array(z.string()), z.string().transform((text) => text.split(/[\s,]+/))])

const Given = z
  .object({
    ...storageOptions,
    stackName,
    /** Days that logs are kept: one of the periods that CloudWatch Logs supports. */
    logDays: z.coerce
      .number()
      .refine((days) => logRetention.includes(days), `must be one of ${logRetention.join(', ')}`)
      .default(30),
    /** Days that archives stay in the bucket. */
    archiveDays: days.default(90),
    commandDays: days.default(defaultRetention.commands),
    uploadDays: days.default(defaultRetention.uploads),
    upgradeDays: days.default(defaultRetention.upgrades),
    rejectedDays: days.default(defaultRetention.rejected),
    /** Limits of the table, in request units per second. */
    maxReadUnits: count.default(1000),
    maxWriteUnits: count.default(1000),
    /** The account's IoT data endpoint, with or without `https://`. */
    iotEndpoint: z
      .string()
      .transform((endpoint) => (endpoint.includes('://') ? endpoint : `https://${endpoint}`))
      .optional(),
    /** Whether Groundcrew is the only platform that docks need. */
    dockServer: z.enum(['on', 'off']).default('off'),
    /** The full ARN of the secret with the values of the vendor's app, which docks request. */
    dockLicenceSecretArn: secretArn.optional(),
    /** The time server for docks, `host` or `host:port`. */
    ntpHost: z
      .string()
      .regex(
        /^(?=.{1,253}(:|$))[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?$/,
        'must be a host, or host:port',
      )
      .optional(),
    /** Whether devices that support only the older kind of offer can download packages with a token. */
    packageDownloads: z.enum(['on', 'off']).default('off'),
    /** Whether docks may connect to IoT Core with a user name and a password. */
    dockLogin: z.enum(['on', 'off']).default('off'),
    /** Reserved concurrency of the function that checks logins; 0: none is reserved. */
    dockLoginConcurrency: between(0, 1000).default(10),
    /** A custom domain for docks, and its certificate, in ACM of the stack's region. */
    dockDomain: z
      .string()
      .regex(/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, 'must be a host name')
      .optional(),
    dockCertificate: z
      .string()
      .regex(
        /^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
        'must be the ARN of a certificate in ACM',
      )
      .optional(),
    /** An existing bus to publish events on. Otherwise the stack creates one. */
    eventBusArn: z
      .string()
      .regex(
        /^arn:[a-z-]+:events:[a-z0-9-]+:\d{12}:event-bus\/[\w./-]{1,256}$/,
        'must be the ARN of an event bus',
      )
      .optional(),
    /** Whether docks' alarms and the ends of their flights are recorded. */
    dockAlarms: z.enum(['on', 'off']).default('on'),
    ackEvents: z.enum(['on', 'off']).default('on'),
    /** Whether we answer devices' requests for the time. */
    timeSync: z.enum(['on', 'off']).default('on'),
    /**
     * Retries of an upload whose request sets none: an export blocks flights, so by default there are none.
     */
    autoRetries: between(0, 3).default(0),
    /** What to do with an upload that, by estimate, cannot end in time. */
    longUploads: z.enum(['refuse', 'split', 'allow']).default('refuse'),
    expireUnit: z.enum(['milliseconds', 'seconds']).default('milliseconds'),
    /** Whether the functions' code includes its source maps, so that stack traces name our files. */
    sourceMaps: z.enum(['on', 'off']).default('off'),
    /** CloudWatch charges for these; `docs/runbook.md` lists the alarms and their cost. */
    alarms: z.enum(['on', 'off']).default('on'),
    dashboard: z.enum(['on', 'off']).default('off'),
    /** An address that gets a mail when an alarm begins or ends; it has to confirm. */
    alarmEmail: z.email('must be an email address').optional(),
    /** An existing topic for alarms; its policy must let CloudWatch publish. */
    alarmTopicArn: z
      .string()
      .regex(
        /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/,
        'must be the ARN of an SNS topic, but not of a FIFO topic',
      )
      .optional(),
    // https://openid.net/specs/openid-connect-core-1_0.html#Terminology: no query and no fragment.
    oidcIssuer: z
      .url({ protocol: /^https$/, error: 'must be an https address' })
      .regex(/^[^@?#\s]*$/, 'must have no user, query, fragment or blank')
      .optional(),
    oidcAudience: list.optional(),
    groupsClaim: z.string().min(1).default('cognito:groups'),
    groupPrefix: z
      .string()
      .regex(/^[^\s[\],]*$/, 'must have no space, comma or bracket')
      .default(''),
    ...consoleOptions,
    /** The permissions that the machine client may request. */
    machinePermissions: list.pipe(z.array(z.enum(permissions))).default(['read', 'operate', 'download']),
  })
  .refine(({ oidcIssuer, oidcAudience }) => (oidcIssuer === undefined) === (oidcAudience === undefined), {
    error: 'must be given together with oidcAudience',
    path: ['oidcIssuer'],
  })
  .refine(({ groupPrefix, oidcIssuer }) => groupPrefix === '' || oidcIssuer !== undefined, {
    error: 'needs oidcIssuer',
    path: ['groupPrefix'],
  })
  .refine(({ alarms, alarmEmail }) => alarms === 'on' || alarmEmail === undefined, {
    error: 'needs alarms',
    path: ['alarmEmail'],
  })
  .refine(({ alarms, alarmTopicArn }) => alarms === 'on' || alarmTopicArn === undefined, {
    error: 'needs alarms',
    path: ['alarmTopicArn'],
  })
  .refine(
    ({ consoleDomain, consoleCertificate }) =>
      (consoleDomain === undefined) === (consoleCertificate === undefined),
    { error: 'must be given together with consoleCertificate', path: ['consoleDomain'] },
  )
  .superRefine(({ dockServer, dockLicenceSecretArn, ntpHost }, context) => {
    const fault = (name: string, message: string) =>
      context.addIssue({ code: 'custom', message, path: [name] })
    if (dockServer === 'on' && dockLicenceSecretArn === undefined)
      fault('dockLicenceSecretArn', 'is needed with dockServer=on')
    if (dockServer === 'on') return
    if (dockLicenceSecretArn !== undefined) fault('dockLicenceSecretArn', 'has no effect with dockServer=off')
    if (ntpHost !== undefined) fault('ntpHost', 'has no effect with dockServer=off')
  })
  .refine(
    ({ dockDomain, dockCertificate }) => (dockDomain === undefined) === (dockCertificate === undefined),
    {
      error: 'must be given together with dockCertificate',
      path: ['dockDomain'],
    },
  )
  .refine(({ dockLogin, dockDomain }) => dockLogin === 'on' || dockDomain === undefined, {
    error: 'needs dockLogin',
    path: ['dockDomain'],
  })
  .refine(
    ({ packageDownloads, provider, bucketName }) =>
      packageDownloads === 'off' || (provider === 'aws' && bucketName === undefined),
    {
      error: 'needs the stack’s own bucket on AWS, without provider and bucketName',
      path: ['packageDownloads'],
    },
  )
  .superRefine(({ stackName, oidcIssuer }, context) => {
    const message = oidcIssuer === undefined ? signInFault(stackName) : undefined
    if (message) context.addIssue({ code: 'custom', message, path: ['stackName'] })
  })
const Options = Given.transform((given, context) => ({
  ...given,
  storage: chooseStorage(given, context),
  consoleUrl: placeOf(given),
}))

/** The names of all options. */
export const optionNames: readonly string[] = Object.keys(Given.shape)

/**
 * The options of a deployment, set with `-c name=value` or in `cdk.json`. `docs/deploy.md` explains them,
 * `docs/storage.md` those of storage outside AWS.
 */
export type Options = z.infer<typeof Options>

/**
 * Names in the context that look like options, but are none: otherwise a typo in `alarmEmail` would deploy
 * silently. The context names of the CDK and its command line contain a colon, a slash or a hyphen.
 */
const unknownIn = (scope: IConstruct): string[] => {
  const context: object = scope.node.getAllContext()
  return Object.keys(context).filter((name) => /^\w+$/.test(name) && !Object.hasOwn(Given.shape, name))
}

/** Faults by option name: first options that are wrong by themselves, then combinations. */
export type Fault = { readonly option: string; readonly message: string }

/** The options with all defaults, or all their faults. */
export const chooseOptions = (given: Record<string, unknown>): Options | readonly Fault[] => {
  const parsed = Options.safeParse(given)
  if (parsed.success) return parsed.data
  return parsed.error.issues.map(({ path, message }) => ({ option: path.join('.'), message }))
}

/**
 * The options of our own app, from its context. Values from the command line are strings, those from
 * `cdk.json` may be numbers or lists.
 * @throws WrongOptions that lists all faults
 */
export const optionsInContext = (app: IConstruct): Options => {
  const given = optionNames.map((name) => [name, app.node.tryGetContext(name) ?? undefined])
  const chosen = chooseOptions(Object.fromEntries(given))
  const unknown = unknownIn(app).map(
    (name) => `  ${name}: is not an option; docs/deploy.md and docs/storage.md list them`,
  )
  if (!isFaulty(chosen) && unknown.length === 0) return chosen
  const wrong = isFaulty(chosen) ? chosen.map(({ option, message }) => `  ${option}: ${message}`) : []
  throw new WrongOptions(`These options (-c name=value) are wrong:\n${[...unknown, ...wrong].join('\n')}`)
}

export const isFaulty = (chosen: Options | readonly Fault[]): chosen is readonly Fault[] =>
  Array.isArray(chosen)

const chosenFor = new WeakMap<IConstruct, Options>()

/** Sets the options for everything below this construct. */
export const setOptions = (scope: IConstruct, chosen: Options): void => void chosenFor.set(scope, chosen)

/** The options of this construct, or of the nearest one above it; undefined: none are set. */
export const optionsAbove = (scope: IConstruct): Options | undefined =>
  scope.node.scopes.reverse().flatMap((one) => chosenFor.get(one) ?? [])[0]

/** The options of this construct, or of the nearest one above it. */
export const options = (scope: IConstruct): Options => {
  const chosen = optionsAbove(scope)
  if (!chosen) throw new Error(`No options are set for ${scope.node.path}, nor above it`)
  return chosen
}
