import { type Duration, Stack } from 'aws-cdk-lib'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import type { Permission } from '../../lambdas/http/route.ts'
import { poolIssuer } from '../pool-issuer.ts'
import type { GroundcrewProps } from './groundcrew-props.ts'
import { chooseOptions, isFaulty, type Options, setOptions } from './options.ts'
import { wrongKinds } from './props-shape.ts'
import { WrongOptions } from './wrong-options.ts'

/**
 * Placeholders for names and ARNs that are known only at deployment, while the other options are validated.
 */
const standIn = {
  bucketName: 'a-bucket',
  kmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  eventBusArn: 'arn:aws:events:eu-central-1:123456789012:event-bus/a-bus',
  alarmTopicArn: 'arn:aws:sns:eu-central-1:123456789012:a-topic',
  dockCertificate: 'arn:aws:acm:eu-central-1:123456789012:certificate/1234abcd',
  dockLicenceSecretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-secret-AbCdEf',
  storageSecretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-secret-AbCdEf',
  oidcIssuer: 'https://a-pool.example.com',
  oidcAudience: ['a-client'],
} satisfies Partial<Record<keyof Options, unknown>>

/** The property behind each option, for messages. */
const propertyOf: Record<string, string> = {
  bucketName: 'bucket',
  kmsKeyArn: 'encryptionKey',
  provider: 'storage.provider',
  storageEndpoint: 'storage.endpoint',
  dockStorageEndpoint: 'storage.dockEndpoint',
  storageRegion: 'storage.region',
  storageSecretArn: 'storage.secret',
  storageRoleArn: 'storage.roleArn',
  aliRoleArn: 'storage.aliRoleArn',
  aliStsEndpoint: 'storage.aliStsEndpoint',
  oidcIssuer: 'issuer.url',
  oidcAudience: 'issuer.audience',
  groupsClaim: 'issuer.groupsClaim',
  groupPrefix: 'issuer.groupPrefix',
  eventBusArn: 'eventBus',
  alarmTopicArn: 'alarmTopic',
  archiveDays: 'retention.archives',
  commandDays: 'retention.commands',
  uploadDays: 'retention.uploads',
  upgradeDays: 'retention.upgrades',
  rejectedDays: 'retention.rejected',
  logDays: 'retention.logs',
  dockLicenceSecretArn: 'dockServer.licence',
  ntpHost: 'dockServer.ntpHost',
  dockLoginConcurrency: 'dockLogin.concurrency',
  dockDomain: 'dockLogin.domain',
  dockCertificate: 'dockLogin.certificate',
  ackEvents: 'acknowledgeEvents',
  stackName: 'stack',
}

const onOff = (on: boolean | undefined) => (on === undefined ? undefined : on ? 'on' : 'off')

/** Unlike `Duration.toDays()` it does not throw, so that this fault is listed with the others. */
const days = (time: Duration | undefined) =>
  time === undefined ? undefined : time.toMilliseconds() / 86_400_000

/** Options that refer to another resource, as the template refers to it. */
const referred = (props: GroundcrewProps) => ({
  bucketName: props.bucket?.bucketName,
  kmsKeyArn: props.encryptionKey?.keyArn,
  eventBusArn: props.eventBus?.eventBusArn,
  alarmTopicArn: props.alarmTopic?.topicArn,
  dockCertificate: props.dockLogin?.certificate?.certificateArn,
  dockLicenceSecretArn: props.dockServer && fullArn(props.dockServer.licence),
  storageSecretArn: props.storage && fullArn(props.storage.secret),
  ...(props.userPool && {
    oidcIssuer: poolIssuer(props.userPool.userPoolId, Stack.of(props.userPool)).issuer,
    oidcAudience: props.userPoolClients?.map(({ userPoolClientId }) => userPoolClientId),
  }),
})

/** A grant also needs the six characters at its end. */
const fullArn = (secret: ISecret): string => {
  if (secret.secretFullArn) return secret.secretFullArn
  throw new WrongOptions(
    `${secret.node.path}: import it with its full ARN, Secret.fromSecretCompleteArn, which rights need`,
  )
}

/** Options whose values are known now. */
const plain = (props: GroundcrewProps, stackName: string) => {
  const { storage, issuer, retention, dockServer, dockLogin } = props
  return {
    stackName,
    provider: storage?.provider,
    storageEndpoint: storage?.endpoint,
    storageRegion: storage?.region,
    dockStorageEndpoint: storage?.dockEndpoint,
    storageRoleArn: storage?.roleArn,
    aliRoleArn: storage?.aliRoleArn,
    aliStsEndpoint: storage?.aliStsEndpoint,
    bucketName: storage?.bucketName,
    oidcIssuer: issuer?.url,
    oidcAudience: issuer && [...issuer.audience],
    groupsClaim: issuer?.groupsClaim,
    groupPrefix: issuer?.groupPrefix,
    machinePermissions: props.machinePermissions && ([...props.machinePermissions] satisfies Permission[]),
    alarms: onOff(props.alarms),
    alarmEmail: props.alarmEmail,
    dashboard: onOff(props.dashboard),
    archiveDays: days(retention?.archives),
    commandDays: days(retention?.commands),
    uploadDays: days(retention?.uploads),
    upgradeDays: days(retention?.upgrades),
    rejectedDays: days(retention?.rejected),
    logDays: retention?.logs,
    maxReadUnits: props.maxReadUnits,
    maxWriteUnits: props.maxWriteUnits,
    iotEndpoint: props.iotEndpoint,
    dockServer: onOff(dockServer && true),
    ntpHost: dockServer?.ntpHost,
    dockLogin: onOff(dockLogin && true),
    dockLoginConcurrency: dockLogin?.concurrency,
    dockDomain: dockLogin?.domain,
    dockAlarms: onOff(props.dockAlarms),
    ackEvents: onOff(props.acknowledgeEvents),
    timeSync: onOff(props.timeSync),
    packageDownloads: onOff(props.packageDownloads),
    autoRetries: props.autoRetries,
    longUploads: props.longUploads,
    expireUnit: props.expireUnit,
    consoleUrl: props.consoleUrl,
  }
}

const contradictions = (props: GroundcrewProps): string[] => [
  ...(props.storage && props.bucket ? ['  bucket: has no effect with storage, which names its own'] : []),
  ...(props.userPool && props.issuer ? ['  issuer: has no effect with userPool'] : []),
  ...((props.userPool && true) !== (props.userPoolClients && props.userPoolClients.length > 0)
    ? ['  userPoolClients: requires userPool, which needs at least one']
    : []),
  ...(props.issuer && props.issuer.audience.length === 0
    ? ['  issuer.audience: must name at least one']
    : []),
]

const given = <Value extends object>(value: Value): Partial<Value> =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<Value>

/**
 * Validates properties, and sets the resulting options for everything below `scope`.
 * @throws WrongOptions that lists all wrong properties
 */
export const setProps = (scope: Construct, props: GroundcrewProps): void => {
  const kinds = wrongKinds(props)
  const lines = kinds.map(({ line }) => line)
  if (kinds.some(({ isName }) => !isName)) throw wrongProps(scope, lines)
  const known = given(referred(props))
  const names = Object.keys(known)
  const standIns = Object.fromEntries(Object.entries(standIn).filter(([name]) => names.includes(name)))
  const chosen = chooseOptions({ ...given(plain(props, Stack.of(scope).stackName)), ...standIns })
  const faults = [
    ...lines,
    ...contradictions(props),
    ...(isFaulty(chosen)
      ? chosen.map(({ option, message }) => `  ${propertyOf[option] ?? option}: ${message}`)
      : []),
  ]
  if (faults.length > 0 || isFaulty(chosen)) throw wrongProps(scope, faults)
  setOptions(scope, withReferences(chosen, known))
}

const wrongProps = (scope: Construct, faults: readonly string[]) =>
  new WrongOptions(`These properties of ${scope.node.path} are wrong:\n${faults.join('\n')}`)

type References = Partial<ReturnType<typeof referred>>

const withReferences = (chosen: Options, known: References): Options => {
  const { storage } = chosen
  const { storageSecretArn } = known
  if (storage.provider === 'aws' || storageSecretArn === undefined) return { ...chosen, ...known }
  return { ...chosen, ...known, storage: { ...storage, secretArn: storageSecretArn } }
}
