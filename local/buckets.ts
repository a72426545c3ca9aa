import * as z from 'zod'
import { declared, Ignored, type Resources } from './declared.ts'
import { CorsRule } from './object-store/cors.ts'

const BucketProperties = z.strictObject({
  BucketName: Ignored,
  BucketEncryption: Ignored,
  CorsConfiguration: z.strictObject({ CorsRules: z.array(CorsRule).min(1) }).optional(),
  // Lifecycle rules act after days, so their effect can be seen only in AWS.
  LifecycleConfiguration: Ignored,
  NotificationConfiguration: z
    .strictObject({ EventBridgeConfiguration: z.strictObject({ EventBridgeEnabled: z.literal(true) }) })
    .optional(),
  // With one account and no public access these two have nothing to refuse here.
  OwnershipControls: Ignored,
  PublicAccessBlockConfiguration: Ignored,
  Tags: Ignored,
  VersioningConfiguration: z.strictObject({ Status: z.literal('Enabled') }).optional(),
})
const BucketPolicyProperties = z.strictObject({ Bucket: z.string(), PolicyDocument: z.unknown() })

/** The buckets with their policies; `notifies`: whether their events go to the event bus. */
export const readBuckets = (resources: Resources) => {
  const policies = declared(resources, 'AWS::S3::BucketPolicy', BucketPolicyProperties)
  return declared(resources, 'AWS::S3::Bucket', BucketProperties).map(({ physicalId: name, properties }) => {
    const policy = policies.find((candidate) => candidate.properties.Bucket === name)
    return {
      name,
      versioned: properties.VersioningConfiguration !== undefined,
      cors: properties.CorsConfiguration?.CorsRules,
      notifies: properties.NotificationConfiguration !== undefined,
      ...(policy ? { policy: policy.properties.PolicyDocument } : {}),
    }
  })
}
