import * as z from 'zod'
import { declared, Ignored, type Resources } from './declared.ts'
import { CorsRule } from './object-store/cors.ts'

const BucketProperties = z.strictObject({
  BucketName: Ignored,
  BucketEncryption: Ignored,
  CorsConfiguration: z.strictObject({ CorsRules: z.array(CorsRule).min(1) }).optional(),
  // Days long: what they do is seen in AWS only.
  LifecycleConfiguration: Ignored,
  NotificationConfiguration: z
    .strictObject({ EventBridgeConfiguration: z.strictObject({ EventBridgeEnabled: z.literal(true) }) })
    .optional(),
  // There is one account and nothing public here, so these two have nothing to refuse.
  OwnershipControls: Ignored,
  PublicAccessBlockConfiguration: Ignored,
  Tags: Ignored,
  VersioningConfiguration: z.strictObject({ Status: z.literal('Enabled') }).optional(),
})
const BucketPolicyProperties = z.strictObject({ Bucket: z.string(), PolicyDocument: z.unknown() })

/** The buckets with their policies; `notifies` tells whether their events go to the event bus. */
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
