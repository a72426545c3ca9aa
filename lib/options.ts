import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { IConstruct } from 'constructs'
import * as z from 'zod'
import { permissions } from '../lambdas/http/route.ts'
import { defaultRetention } from '../lambdas/table/schema.ts'
import { consoleOptions, placeOf } from './console-options.ts'
import { signInFault, stackName } from './stack-name.ts'
import { chooseStorage, secretArn, storageOptions } from './storage-options.ts'
import { WrongOptions } from './wrong-options.ts'

const count = z.coerce.number('must be a number').int('must be whole').positive('must be more than 0')
const logRetention = Object.values(RetentionDays).filter((days) => typeof days === 'number')
const list = z.union([z.array(z.string()), z.string().transform((text) => text.split(/[\s,]+/))])

const Given = z
  .object({
    ...storageOptions,
    stackName,
    /** Days that logs are kept: one of the periods that CloudWatch Logs knows. */
    logDays: z.coerce
      .number()
      .refine((days) => logRetention.includes(days), `must be one of ${logRetention.join(', ')}`)
      .default(30),
    /** Days that archives stay in the bucket. */
    archiveDays: count.default(90),
    commandDays: count.default(defaultRetention.commands),
    uploadDays: count.default(defaultRetention.uploads),
    upgradeDays: count.default(defaultRetention.upgrades),
    rejectedDays: count.default(defaultRetention.rejected),
    /** Fuses of the table, in request units a second. */
    maxReadUnits: count.default(1000),
    maxWriteUnits: count.default(1000),
    /** The account's IoT data endpoint, with or without `https://`. */
    iotEndpoint: z
      .string()
      .transform((endpoint) => (endpoint.includes('://') ? endpoint : `https://${endpoint}`))
      .optional(),
    /** Whether docks get from us what they need to come online: we are their only platform. */
    dockServer: z.enum(['on', 'off']).default('off'),
    /** Secret with the values of the vendor's app that docks get, by its full ARN. */
    dockLicenceSecretArn: secretArn.optional(),
    /** The time server that docks are told, `host` or `host:port`. */
    ntpHost: z
      .string()
      .regex(
        /^(?=.{1,253}(:|$))[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?$/,
        'must be a host, or host:port',
      )
      .optional(),
    /** Whether devices that know only the older offer can download packages with a token. */
    packageDownloads: z.enum(['on', 'off']).default('off'),
    /** Whether docks may connect to IoT Core with a user name and a password. */
    dockLogin: z.enum(['on', 'off']).default('off'),
    /** Copies of the function that asks for them, kept free for it and never more; 0: as many as there are. */
    dockLoginConcurrency: z.coerce.number().int().min(0).max(1000).default(10),
    /** A domain of one's own for docks, and its certificate, in ACM of the stack's region. */
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
    /** A bus of one's own on which changes are told. The stack makes one otherwise. */
    eventBusArn: z
      .string()
      .regex(
        /^arn:[a-z-]+:events:[a-z0-9-]+:\d{12}:event-bus\/[\w./-]{1,256}$/,
        'must be the ARN of an event bus',
      )
      .optional(),
    /** Whether docks' alarms and the ends of their flights are heard. */
    dockAlarms: z.enum(['on', 'off']).default('on'),
    ackEvents: z.enum(['on', 'off']).default('on'),
    /** Whether devices that ask for the time get it from us. */
    timeSync: z.enum(['on', 'off']).default('on'),
    /**
     * Retries of an upload whose request says nothing of them: an export blocks flights, so none happen
     * unasked.
     */
    autoRetries: z.coerce.number().int().min(0).max(3).default(0),
    /** What becomes of an upload that by its estimate cannot end in time. */
    longUploads: z.enum(['refuse', 'split', 'allow']).default('refuse'),
    expireUnit: z.enum(['milliseconds', 'seconds']).default('milliseconds'),
    /** Whether the functions' code brings its source maps, so that stacks name our files. */
    sourceMaps: z.enum(['on', 'off']).default('off'),
    /** What CloudWatch charges for: `docs/runbook.md` has the alarms and what they cost. */
    alarms: z.enum(['on', 'off']).default('on'),
    dashboard: z.enum(['on', 'off']).default('off'),
    /** Who gets a mail when an alarm begins or ends; the address has to confirm. */
    alarmEmail: z.email().optional(),
    /** A topic of one's own that hears of them; its policy lets CloudWatch publish. */
    alarmTopicArn: z
      .string()
      .regex(
        /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/,
        'must be the ARN of an SNS topic that is no FIFO topic',
      )
      .optional(),
    // https://openid.net/specs/openid-connect-core-1_0.html#Terminology: no query and no fragment.
    oidcIssuer: z
      .url({ protocol: /^https$/ })
      .regex(/^[^@?#\s]*$/, 'must have no user, query, fragment or blank')
      .optional(),
    oidcAudience: list.optional(),
    groupsClaim: z.string().min(1).default('cognito:groups'),
    groupPrefix: z
      .string()
      .regex(/^[^\s[\],]*$/, 'must have no space, comma or bracket')
      .default(''),
    ...consoleOptions,
    /** What the machine client may ask for. */
    machinePermissions: list.pipe(z.array(z.enum(permissions))).default(['read', 'operate', 'download']),
  })
  .refine(({ oidcIssuer, oidcAudience }) => (oidcIssuer === undefined) === (oidcAudience === undefined), {
    error: 'goes together with oidcAudience',
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
    { error: 'goes together with consoleCertificate', path: ['consoleDomain'] },
  )
  .superRefine(({ dockServer, dockLicenceSecretArn, ntpHost }, context) => {
    const fault = (name: string, message: string) =>
      context.addIssue({ code: 'custom', message, path: [name] })
    if (dockServer === 'on' && dockLicenceSecretArn === undefined)
      fault('dockLicenceSecretArn', 'is needed with dockServer=on')
    if (dockServer === 'on') return
    if (dockLicenceSecretArn !== undefined) fault('dockLicenceSecretArn', 'means nothing with dockServer=off')
    if (ntpHost !== undefined) fault('ntpHost', 'means nothing with dockServer=off')
  })
  .refine(
    ({ dockDomain, dockCertificate }) => (dockDomain === undefined) === (dockCertificate === undefined),
    {
      error: 'goes together with dockCertificate',
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
      error: 'needs the bucket that the stack makes on AWS, without provider and bucketName',
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

/** All of their names. */
export const optionNames: readonly string[] = Object.keys(Given.shape)

/** What whoever deploys may choose, by `-c name=value` or in `cdk.json`; `docs/deploy.md` explains each. */
export type Options = z.infer<typeof Options>

/**
 * Names that look like options and are none: a slip in `alarmEmail` would otherwise deploy without a word.
 * What the CDK and its command line keep in the context has a colon, a slash or a hyphen in its name.
 */
const unknownIn = (scope: IConstruct): string[] => {
  const context: object = scope.node.getAllContext()
  return Object.keys(context).filter((name) => /^\w+$/.test(name) && !Object.hasOwn(Given.shape, name))
}

/** Faults by the names of options, first those that are wrong by themselves, then those that do not go together. */
export type Fault = { readonly option: string; readonly message: string }

/** What these options come to with all defaults, or all that is wrong with them. */
export const chooseOptions = (given: Record<string, unknown>): Options | readonly Fault[] => {
  const parsed = Options.safeParse(given)
  if (parsed.success) return parsed.data
  return parsed.error.issues.map(({ path, message }) => ({ option: path.join('.'), message }))
}

/**
 * The options of our own app, in its context. Values from the command line are text, those from `cdk.json` may be numbers
 * or lists.
 * @throws WrongOptions that lists all that is wrong
 */
export const optionsInContext = (app: IConstruct): Options => {
  const given = optionNames.map((name) => [name, app.node.tryGetContext(name) ?? undefined])
  const chosen = chooseOptions(Object.fromEntries(given))
  const unknown = unknownIn(app).map((name) => `  ${name}: is no option; docs/deploy.md lists them`)
  if (!isFaulty(chosen) && unknown.length === 0) return chosen
  const wrong = isFaulty(chosen) ? chosen.map(({ option, message }) => `  ${option}: ${message}`) : []
  throw new WrongOptions(`These options (-c name=value) are wrong:\n${[...unknown, ...wrong].join('\n')}`)
}

export const isFaulty = (chosen: Options | readonly Fault[]): chosen is readonly Fault[] =>
  Array.isArray(chosen)

const chosenFor = new WeakMap<IConstruct, Options>()

/** Sets what was chosen for all that is below this construct. */
export const setOptions = (scope: IConstruct, chosen: Options): void => void chosenFor.set(scope, chosen)

/** What was chosen for the nearest construct above this one, or for itself; undefined where nothing was. */
export const chosenAbove = (scope: IConstruct): Options | undefined =>
  scope.node.scopes.reverse().flatMap((one) => chosenFor.get(one) ?? [])[0]

/** The same, for those below a construct for which something was chosen. */
export const options = (scope: IConstruct): Options => {
  const chosen = chosenAbove(scope)
  if (!chosen) throw new Error(`Nothing was chosen for ${scope.node.path}, nor above it`)
  return chosen
}
