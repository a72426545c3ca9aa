/** The files of a new app, from the answers. Pure: the caller writes them. */

/** The CDK version that the construct was built with; newer ones of the same major version work too. */
const versions = {
  cli: '^2.1148.1',
  library: '^2.276.0',
  constructs: '^10.5.0',
  typescript: '^5.9.3',
  node: '^24.0.0',
}

const app = ({ email, region }) => `import { App, CfnOutput, Stack } from 'aws-cdk-lib'
import { Groundcrew } from '@groundcrew/cdk'

const app = new App()
const stack = new Stack(app, 'Groundcrew', {
  env: { ...(process.env.CDK_DEFAULT_ACCOUNT ? { account: process.env.CDK_DEFAULT_ACCOUNT } : {}), region: ${JSON.stringify(region)} },
})

const groundcrew = new Groundcrew(stack, 'Groundcrew', {${email ? `\n  alarmEmail: ${JSON.stringify(email)},` : ''}
  // What else may be chosen: docs/construct.md of Groundcrew, or your editor.
})

for (const [name, value] of Object.entries(groundcrew.outputs)) new CfnOutput(stack, name, { value })
`

const json = (/** @type {unknown} */ value) => `${JSON.stringify(value, null, 2)}\n`

const readme = ({ name, region }) => `# ${name}

Groundcrew in AWS, by CDK. \`app.ts\` has all of it.

    npm install           # Node 22.18 or later, which runs app.ts as it is
    npx cdk synth --quiet # makes the template; needs no account
    npx cdk bootstrap     # once for an account and region
    npx cdk deploy        # to ${region}, with the credentials that the AWS CLI has

Its outputs say where the API is, and who may make tokens. \`npx cdk destroy\` leaves table, buckets and user pool, which hold what
cannot be made anew.
`

/**
 * @param {{ name: string, region: string, email?: string, construct: string }} answers
 * @returns {Record<string, string>} what is in each file
 */
export const filesOf = (answers) => ({
  'package.json': json({
    name: answers.name,
    version: '0.1.0',
    private: true,
    type: 'module',
    scripts: { check: 'tsc', synth: 'cdk synth --quiet', deploy: 'cdk deploy' },
    dependencies: {
      '@groundcrew/cdk': answers.construct,
      'aws-cdk-lib': versions.library,
      constructs: versions.constructs,
    },
    devDependencies: {
      '@types/node': versions.node,
      'aws-cdk': versions.cli,
      typescript: versions.typescript,
    },
    engines: { node: '^22.18 || >=23.6' },
  }),
  'tsconfig.json': json({
    compilerOptions: {
      target: 'es2022',
      module: 'nodenext',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: ['node'],
      erasableSyntaxOnly: true,
    },
    include: ['*.ts'],
  }),
  // Node runs TypeScript directly from 22.18 on.
  'cdk.json': json({ app: 'node app.ts', versionReporting: false }),
  'app.ts': app(answers),
  '.gitignore': 'node_modules/\ncdk.out/\n',
  'README.md': readme(answers),
})
