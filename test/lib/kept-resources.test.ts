import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { template } from './backend.ts'

/**
 * Resources that hold data, or that others outside the stack refer to, by their logical ids. CloudFormation
 * makes a resource anew when its logical id changes, and so does the renaming of a construct: the system
 * would come up empty, and everybody would have to sign up again. An id in this list changes only with a way
 * to take the data along.
 */
const kept: Record<string, string> = {
  AccessUserPool9B858993: 'AWS::Cognito::UserPool',
  AccessUserPoolCommandLineClient2127ADD0: 'AWS::Cognito::UserPoolClient',
  AccessUserPoolConsoleClient54E7B8DC: 'AWS::Cognito::UserPoolClient',
  AccessUserPoolDomain7587E94D: 'AWS::Cognito::UserPoolDomain',
  AccessUserPoolMachineClientBAF1C7C3: 'AWS::Cognito::UserPoolClient',
  AccessUserPoolScopesDC708026: 'AWS::Cognito::UserPoolResourceServer',
  DeviceLinkDockPolicy0193EEB4: 'AWS::IoT::Policy',
  EventsEventFailures63668807: 'AWS::SQS::Queue',
  IngestRuleFailuresC3AB0893: 'AWS::SQS::Queue',
  IngestarchivesDeadLettersF92E2428: 'AWS::SQS::Queue',
  IngestarchivesQueue98565A57: 'AWS::SQS::Queue',
  IngestprogressDeadLetters6EFDD239: 'AWS::SQS::Queue',
  IngestprogressQueue5EE37AC6: 'AWS::SQS::Queue',
  IngestrepliesDeadLettersC2806229: 'AWS::SQS::Queue',
  IngestrepliesQueueE7B45631: 'AWS::SQS::Queue',
  IngestupgradesDeadLettersEC48BC2F: 'AWS::SQS::Queue',
  IngestupgradesQueue006B2826: 'AWS::SQS::Queue',
  PackagesBucket3210E67E: 'AWS::S3::Bucket',
  StoreTable0CCFA19B: 'AWS::DynamoDB::Table',
  UploadsBucketC4B27CC7: 'AWS::S3::Bucket',
}

/** What is kept when the stack goes, and what devices, people and messages are in. */
const holding = [
  'AWS::DynamoDB::Table',
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
  'AWS::SecretsManager::Secret',
  'AWS::KMS::Key',
  'AWS::IoT::Policy',
  'AWS::Cognito::UserPool',
  'AWS::Cognito::UserPoolClient',
  'AWS::Cognito::UserPoolDomain',
  'AWS::Cognito::UserPoolResourceServer',
]

suite('What holds data', () => {
  const resources = Object.entries(template().Resources)

  test('has the logical ids that it has always had', () => {
    const found = resources.flatMap(([id, { Type }]) => (holding.includes(Type) ? [[id, Type]] : []))
    assert.deepEqual(Object.fromEntries(found), kept)
  })

  test('has no construct’s name in its logical ids, nor has any function: they are those from before the construct', () => {
    for (const [id, { Type }] of resources)
      if (Type === 'AWS::Lambda::Function')
        assert.match(
          id,
          /^(Api|Collections|DockLogin|DockServer|Events|Ingest|Upkeep|Webhooks)\w+Function[0-9A-F]{8}$/,
        )
  })

  test('alone outlives the stack', () => {
    for (const [id, resource] of resources)
      if ('DeletionPolicy' in resource && resource.DeletionPolicy !== 'Delete') assert.ok(kept[id], id)
  })

  test('outlives it, with the policy that certificates may have', () => {
    const outliving = resources.filter(([, resource]) => /^Retain/.test(String(resource.DeletionPolicy)))
    assert.deepEqual(outliving.map(([id]) => id).sort(), [
      'AccessUserPool9B858993',
      'DeviceLinkDockPolicy0193EEB4',
      'PackagesBucket3210E67E',
      'StoreTable0CCFA19B',
      'UploadsBucketC4B27CC7',
    ])
    for (const [id, resource] of outliving) assert.equal(resource.UpdateReplacePolicy, 'Retain', id)
  })

  test('stays after a failed first deployment only if CloudFormation could not delete it', () => {
    for (const [id, { Properties, DeletionPolicy }] of resources) {
      const { DeletionProtectionEnabled, DeletionProtection } = Properties ?? {}
      if (DeletionPolicy === 'Retain')
        assert.ok(DeletionProtectionEnabled === true || DeletionProtection === 'ACTIVE', id)
      if (DeletionPolicy === 'RetainExceptOnCreate')
        assert.ok(DeletionProtectionEnabled !== true && DeletionProtection !== 'ACTIVE', id)
    }
  })
})
