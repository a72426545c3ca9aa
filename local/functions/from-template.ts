import { dirname, join } from 'node:path'
import * as z from 'zod'
import { declared, Ignored, Num, type Resources } from '../declared.ts'
import { compareLike } from '../iam/pattern.ts'
import type { FunctionSettings } from './function-host.ts'

const FunctionProperties = z.strictObject({
  Architectures: Ignored,
  Code: Ignored,
  Description: Ignored,
  DeadLetterConfig: z.strictObject({ TargetArn: z.string() }).optional(),
  Environment: z.strictObject({ Variables: z.record(z.string(), z.string()) }).optional(),
  FunctionName: Ignored,
  Handler: z.string(),
  LoggingConfig: Ignored,
  MemorySize: Num.default(128),
  ReservedConcurrentExecutions: Num.optional(),
  Role: z.string(),
  Runtime: z.literal('nodejs24.x'),
  Tags: Ignored,
  Timeout: Num.default(3),
})

/** A function as declared; `roleArn` and `deadLetterArn` are ARNs of the template. */
export type DeclaredFunction = {
  logicalId: string
  roleArn: string
  deadLetterArn?: string | undefined
  settings: FunctionSettings
}

/** @throws Error for a function whose bundle is missing from `bundles` (directories by logical id). */
export const readFunctions = (
  resources: Resources,
  bundles: ReadonlyMap<string, string>,
): DeclaredFunction[] =>
  declared(resources, 'AWS::Lambda::Function', FunctionProperties).map(
    ({ logicalId, physicalId, arn, properties: p }) => {
      const directory = bundles.get(logicalId)
      if (directory === undefined) throw new Error(`${logicalId} (AWS::Lambda::Function) has no bundle`)
      return {
        logicalId,
        roleArn: p.Role,
        deadLetterArn: p.DeadLetterConfig?.TargetArn,
        settings: {
          name: physicalId,
          arn,
          directory,
          compiled: join(dirname(directory), 'compiled'),
          handler: p.Handler,
          timeoutSeconds: p.Timeout,
          memoryMb: p.MemorySize,
          reserved: p.ReservedConcurrentExecutions,
          environment: p.Environment?.Variables ?? {},
        },
      }
    },
  )

const PermissionProperties = z.strictObject({
  Action: z.literal('lambda:InvokeFunction'),
  FunctionName: z.string(),
  Principal: z.string(),
  SourceArn: z.string().optional(),
  SourceAccount: z.string().optional(),
})

/** Empty for buckets: their ARNs have no account. */
const accountIn = (arn: string): string => arn.split(':')[4] ?? ''

/**
 * Whether a service may invoke a function for a source: `(service, source ARN, function) → allowed`.
 * https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
 */
export const readPermissions = (resources: Resources) => {
  const permissions = declared(resources, 'AWS::Lambda::Permission', PermissionProperties)
  return (service: string, sourceArn: string, to: FunctionSettings): boolean =>
    permissions.some(
      ({ properties: p }) =>
        p.Principal === service &&
        [to.arn, to.name].includes(p.FunctionName) &&
        compareLike(p.SourceArn ?? '*', sourceArn, {}) === 'matches' &&
        (p.SourceAccount ?? accountIn(sourceArn)) === accountIn(sourceArn),
    )
}
