import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import vm from 'node:vm'
import * as z from 'zod'
import { pageCode } from '../../lib/console/console-page.ts'
import { synthesize } from '../../lib/synthesize.ts'
import { at } from '../lib/backend.ts'

const scratch = mkdtempSync(join(tmpdir(), 'groundcrew-console-stack-'))
after(() => rmSync(scratch, { recursive: true }))

/** Stands in for the built page: what is in it makes no difference to the stack. */
const files = join(scratch, 'files')
mkdirSync(join(files, 'assets'), { recursive: true })
writeFileSync(join(files, 'index.html'), '<!doctype html>')
writeFileSync(join(files, 'assets', 'index.js'), '')

const Resources = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown() })),
})

const consoleStack = (context: Record<string, unknown> = {}) => {
  const outdir = mkdtempSync(join(scratch, 'out-'))
  synthesize({ outdir, consoleFiles: files, context: { 'aws:cdk:bundling-stacks': [], ...context } })
  const template: unknown = JSON.parse(readFileSync(join(outdir, 'GroundcrewConsole.template.json'), 'utf8'))
  const ofType = (type: string) =>
    Object.values(Resources.parse(template).Resources).filter((resource) => resource.Type === type)
  const one = (type: string): unknown => {
    const [only, ...others] = ofType(type)
    assert(only && others.length === 0, `one ${type}`)
    return only.Properties
  }
  return { outdir, template, ofType, one }
}

/** References in a template as `<…>`, so that text with them in it can be read. */
const flat = (value: unknown): string => {
  const join = at(value, 'Fn::Join')
  if (Array.isArray(join)) return z.array(z.unknown()).parse(join[1]).map(flat).join('')
  return typeof value === 'string' ? value : '<…>'
}

/** All values that have this key, however deep. */
const valuesOf = (value: unknown, key: string): unknown[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, inner]) => [
        ...(name === key ? [inner] : []),
        ...valuesOf(inner, key),
      ])
    : []

suite('The console in the cloud', () => {
  const { outdir, one, ofType, template } = consoleStack()
  const readJson = (name: string): unknown => JSON.parse(readFileSync(join(outdir, name), 'utf8'))
  const config = at(one('AWS::CloudFront::Distribution'), 'DistributionConfig')

  test('has its files in a closed bucket that only the distribution reads', () => {
    assert.partialDeepStrictEqual(one('AWS::S3::Bucket'), {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    })
    const Statements = z.array(
      z.looseObject({ Effect: z.string(), Action: z.unknown(), Principal: z.unknown() }),
    )
    const granted = Statements.parse(at(one('AWS::S3::BucketPolicy'), 'PolicyDocument', 'Statement')).filter(
      ({ Effect, Principal }) => Effect === 'Allow' && at(Principal, 'Service') !== undefined,
    )
    assert.deepEqual(
      granted.map(({ Action, Principal }) => [Action, Principal]),
      [['s3:GetObject', { Service: 'cloudfront.amazonaws.com' }]],
    )
  })

  test('forwards the API, tokens and all, and caches none of it', () => {
    const Behaviors = z.array(z.looseObject({ PathPattern: z.string() }))
    const behaviors = Behaviors.parse(at(config, 'CacheBehaviors'))
    assert.deepEqual(
      behaviors.map(({ PathPattern }) => PathPattern),
      ['/v1/*', '/openapi.json', '/asyncapi.json'],
    )
    for (const behavior of behaviors)
      assert.partialDeepStrictEqual(behavior, {
        // Managed policies: CachingDisabled, AllViewerExceptHostHeader.
        CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
        OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
        ViewerProtocolPolicy: 'https-only',
      })
  })

  test('points at a backend that is there as long as it is: by what that exports, and by no text taken apart', () => {
    const backend = readJson('Groundcrew.template.json')
    const exported = valuesOf(backend, 'Export').map((value) => at(value, 'Name'))
    const imported = valuesOf(template, 'Fn::ImportValue')
    assert.deepEqual([...new Set(imported)].sort(), exported.sort())
    for (const key of ['Fn::GetStackOutput', 'Fn::Split', 'Fn::Select'])
      assert.deepEqual(valuesOf(template, key), [], key)
    const origins = z.array(z.unknown()).parse(at(config, 'Origins'))
    const hosts = origins.map((origin) => flat(at(origin, 'DomainName')))
    assert.ok(hosts.includes('<…>.execute-api.<…>.<…>'), hosts.join())
  })

  test('is deployed after the backend and destroyed before it', () => {
    const { dependencies } = z
      .object({
        artifacts: z.object({ GroundcrewConsole: z.looseObject({ dependencies: z.array(z.string()) }) }),
      })
      .parse(readJson('manifest.json')).artifacts.GroundcrewConsole
    assert.ok(dependencies.includes('Groundcrew'))
  })

  test('leaves the API its own 403 and 404', () => {
    assert.equal(at(config, 'CustomErrorResponses'), undefined)
    for (const behavior of z.array(z.unknown()).parse(at(config, 'CacheBehaviors')))
      assert.equal(at(behavior, 'FunctionAssociations'), undefined)
  })

  test('shows its page at every address that names no file', () => {
    const shown = (uri: string): unknown =>
      vm.runInNewContext(`${pageCode}; handler({ request: { uri: ${JSON.stringify(uri)} } }).uri`)
    assert.deepEqual(
      ['/', '/docks', '/docks/7CTDM1/uploads/01a2', '/assets/index-1.js', '/config.json', '/favicon.svg'].map(
        shown,
      ),
      ['/index.html', '/index.html', '/index.html', '/assets/index-1.js', '/config.json', '/favicon.svg'],
    )
  })

  test('allows scripts and styles of its own alone, none inline, and nobody to frame it', () => {
    const headers = at(one('AWS::CloudFront::ResponseHeadersPolicy'), 'ResponseHeadersPolicyConfig')
    const policy = flat(
      at(headers, 'SecurityHeadersConfig', 'ContentSecurityPolicy', 'ContentSecurityPolicy'),
    )
    assert.equal(
      policy,
      "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self' https://cognito-idp.<…>.<…> https://groundcrew-<…>.auth.<…>.amazoncognito.com https://s3.<…>.<…>/<…>/groundcrew/upgrade-packages/; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    assert.doesNotMatch(policy, /unsafe|data:|\*/)
  })

  test('may upload to the one folder for packages, whatever the storage', () => {
    const placeWith = (context: Record<string, unknown>): string | undefined => {
      const headers = at(
        consoleStack(context).one('AWS::CloudFront::ResponseHeadersPolicy'),
        'ResponseHeadersPolicyConfig',
      )
      const policy = at(headers, 'SecurityHeadersConfig', 'ContentSecurityPolicy', 'ContentSecurityPolicy')
      return /\S+\/upgrade-packages\/(?=;)/.exec(flat(policy))?.[0]
    }
    const outside = {
      storageEndpoint: 'https://storage.example.com',
      storageRegion: 'r-1',
      bucketName: 'crew',
      storageSecretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:crew-AbCdEf',
    }
    assert.deepEqual(
      [
        { bucketName: 'crew' },
        { ...outside, provider: 'minio' },
        { ...outside, provider: 'ali', aliRoleArn: 'acs:ram::1:role/crew' },
      ].map(placeWith),
      [
        'https://s3.<…>.<…>/crew/groundcrew/upgrade-packages/',
        'https://storage.example.com/crew/groundcrew/upgrade-packages/',
        'https://crew.storage.example.com/groundcrew/upgrade-packages/',
      ],
    )
  })

  test('reads the sign-in settings from a file beside its own, which contains no secret', () => {
    const page = ofType('Custom::CDKBucketDeployment').map(({ Properties }) => JSON.stringify(Properties))
    assert.ok(page.some((text) => text.includes('ConsoleClientId') && text.includes('UserPoolId')))
    assert.doesNotMatch(JSON.stringify(template), /ClientSecret|MachineClient/)
  })
})

suite('The options of the console', () => {
  const hasConsole = (context: Record<string, unknown>): boolean => {
    const outdir = mkdtempSync(join(scratch, 'out-'))
    synthesize({ outdir, consoleFiles: files, context: { 'aws:cdk:bundling-stacks': [], ...context } })
    return readFileSync(join(outdir, 'manifest.json'), 'utf8').includes('GroundcrewConsole')
  }

  test('off leaves it out', () => {
    assert.deepEqual([hasConsole({}), hasConsole({ console: 'off' })], [true, false])
  })

  test('change nothing of what the backend exports, so that an existing console can stay for a while', () => {
    const exportsWith = (context: Record<string, unknown>): unknown[] => {
      const outdir = mkdtempSync(join(scratch, 'out-'))
      synthesize({ outdir, consoleFiles: files, context: { 'aws:cdk:bundling-stacks': [], ...context } })
      return valuesOf(JSON.parse(readFileSync(join(outdir, 'Groundcrew.template.json'), 'utf8')), 'Export')
    }
    assert.deepEqual(exportsWith({ console: 'off' }), exportsWith({}))
  })

  test('a name of one’s own is where people are sent back to', () => {
    const { one } = consoleStack({
      consoleDomain: 'crew.example.com',
      consoleCertificate: 'arn:aws:acm:us-east-1:123456789012:certificate/1',
    })
    const config = at(one('AWS::CloudFront::Distribution'), 'DistributionConfig')
    assert.deepEqual(at(config, 'Aliases'), ['crew.example.com'])
  })

  const wrong: [string, Record<string, unknown>, RegExp][] = [
    ['a name without its certificate', { consoleDomain: 'crew.example.com' }, /must be given together with/],
    [
      'a certificate of another region',
      { consoleDomain: 'crew.example.com', consoleCertificate: 'arn:aws:acm:eu-west-1:1:certificate/1' },
      /us-east-1/,
    ],
    [
      'an issuer of one’s own without the console’s client there',
      { oidcIssuer: 'https://login.example.com', oidcAudience: 'api' },
      /consoleClientId/,
    ],
  ]
  for (const [name, context, message] of wrong)
    test(`${name} is refused`, () => assert.throws(() => consoleStack(context), message))
})
