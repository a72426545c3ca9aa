/** What the emulator does not do as AWS does, and what became of it: the run prints both tables. */

type Lack = { name: string; reason: string }

/** Supplied while it runs, by the files of this name in `ministack/`. */
export const adapters: readonly Lack[] = [
  { name: 'event_versions', reason: 'does not tell the version in an event of storage' },
  {
    name: 'layer_programs',
    reason:
      'has neither /opt nor the certificates of Amazon Linux, where a function of the CDK looks for both',
  },
  { name: 'sdkOfRuntime', reason: 'has no AWS SDK in its Node runtime' },
  { name: 'loopback_only', reason: 'listens for MQTT on every address of the machine' },
  {
    name: 'policy_variables',
    reason: 'takes a policy variable in the resource of a statement literally',
  },
  { name: 'pool_address', reason: 'has no ProviderURL of a user pool' },
  {
    name: 'rule_sql',
    reason:
      'has no decode, get, get_or_default, IN […], true and false, nor a member of what a function answers',
  },
  { name: 'rule_templates', reason: 'takes a substitution template in the URL of a queue literally' },
  { name: 'service_transport', reason: 'counts what a topic rule sends to a queue as sent without TLS' },
  {
    name: 'signing_keys',
    reason: 'asks its own gateway for signing keys over plain HTTP, also where that speaks TLS',
  },
  {
    name: 'stack_buckets',
    reason:
      'ignores the tags of a stack’s bucket, which the CDK’s function wants, and deletes one that is full',
  },
  {
    name: 'version_headers',
    reason: 'ignores response-content-type and its kin where a version is asked for',
  },
  {
    name: 'write_conditions',
    reason: 'does not tell a policy the storage class of a write, nor that it brings its own key',
  },
]

/** Stories, or parts of them, that are not run there; a name that no story has fails the run. */
export const skipped: readonly Lack[] = [
  {
    name: 'a message over 128 KiB is refused by the broker, and the next is heard',
    reason: 'its broker takes messages of any size',
  },
]

/** What no story here can show, since the emulator lacks it. */
export const notShown: readonly Lack[] = [
  { name: 'alarms', reason: 'no metric math and no Metrics Insights: deployed with alarms=off' },
  {
    name: 'the roles of topic rules',
    reason: 'it does not evaluate them: a grant of a rule that is missing is not missed',
  },
  {
    name: 'what cannot be told, or fails after an event started it',
    reason:
      'it heeds no list of failed records of a stream, and neither tries a start by an event again nor puts it aside',
  },
  { name: 'webhooks', reason: 'receivers on loopback are refused, as all that is not the public internet' },
  {
    name: 'packages behind CloudFront',
    reason: 'it does not serve an API behind a distribution: deployed without packageDownloads',
  },
  { name: 'the console behind CloudFront', reason: 'it does not serve an API behind a distribution' },
  {
    name: 'a dock’s own certificate',
    reason: 'docks of the stories connect through a bridge, as docs/edge.md has it',
  },
  {
    name: 'names of AWS',
    reason: 'the stories speak to its gateway on loopback, under names that are not AWS’s',
  },
]
