import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { App, Validations } from 'aws-cdk-lib'
import * as z from 'zod'
import { BackendStack } from './backend-stack.ts'
import { backendFor } from './console/console-backend.ts'
import { ConsoleStack } from './console/console-stack.ts'
import { shareBundles } from './functions/bundle.ts'
import { optionsInContext, setOptions } from './options/options.ts'

const root = join(import.meta.dirname, '..')

export type SynthesizeOptions = {
  /** The folder for the template and the bundles. */
  outdir: string
  /** Overrides the context in `cdk.json`; `cdk -c` overrides both. */
  context?: Record<string, unknown>
  /**
   * The folder with the built console, for its stack. @default no console, whatever the option `console` says
   */
  consoleFiles?: string
  /** A folder for bundles that several syntheses of the same sources share. @default `outdir`, for this one */
  bundles?: string
  /** Checks the template against CloudFormation's schemas and cdk-nag; takes some seconds. */
  validate?: boolean
}

const Template = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({ Type: z.string(), Properties: z.looseObject({}).optional() }),
  ),
  Outputs: z.record(z.string(), z.looseObject({})).optional(),
})

/** The parts of a CloudFormation template that its readers need. */
export type Template = z.infer<typeof Template>

export type Synthesized = {
  templatePath: string
  template: Template
  /** The folder with the code of each function, by logical id. */
  assets: Map<string, string>
}

/** The CDK reads `cdk.json` only in its command line; the template must not depend on who synthesizes it. */
const defaults = (): Record<string, unknown> =>
  z.object({ context: z.record(z.string(), z.unknown()) }).parse(readJson(join(root, 'cdk.json'))).context

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

/** cdk-nag is loaded only when needed: it takes longer than all the rest. */
const addChecks = (app: App): void => {
  const nag: typeof import('cdk-nag') = createRequire(import.meta.url)('cdk-nag')
  Validations.of(app).addPlugins(new nag.AwsSolutionsChecks(app), new nag.ServerlessChecks(app))
}

/**
 * Writes the CloudFormation template and the functions' code to `outdir`, offline and without credentials.
 * The same sources and context give the same files.
 * @throws Error if an option is wrong, or if the checks find something, which is also printed
 */
export const synthesize = ({
  outdir,
  context,
  consoleFiles,
  bundles,
  validate = false,
}: SynthesizeOptions): Synthesized => {
  const app = new App({
    outdir,
    context: { ...defaults(), ...context },
    analyticsReporting: false,
    builtinCloudFormationValidation: validate,
    // Only findings of the checks refer to these, and they take time to write.
    treeMetadata: validate,
    stackTraces: validate,
  })
  if (validate) addChecks(app)
  const chosen = optionsInContext(app)
  setOptions(app, chosen)
  if (bundles !== undefined) shareBundles(app, bundles)
  const { stackName, console } = chosen
  const stack = new BackendStack(app, 'Groundcrew', {
    stackName,
    description: 'Groundcrew: remote logs of docks',
  })
  if (consoleFiles && console === 'on')
    new ConsoleStack(app, 'GroundcrewConsole', {
      stackName: `${stackName}Console`,
      description: 'Groundcrew: the console',
      files: consoleFiles,
      backend: backendFor(app, stackName),
    }).addStackDependency(stack)
  const assembly = app.synth()
  const { templateFullPath: templatePath } = assembly.getStackByName(stack.stackName)
  const template = Template.parse(readJson(templatePath))
  return { templatePath, template, assets: codeFolders(template, assembly.directory) }
}

const FunctionCode = z.looseObject({ Code: z.looseObject({ S3Key: z.string() }) })

/** Assets are named by the hash of their content, both in the bucket and in the output folder. */
const codeFolders = ({ Resources }: Template, directory: string): Map<string, string> =>
  new Map(
    Object.entries(Resources)
      .filter(([, resource]) => resource.Type === 'AWS::Lambda::Function')
      .map(([id, { Properties }]) => {
        const { S3Key } = FunctionCode.parse(Properties).Code
        return [id, join(directory, `asset.${S3Key.replace(/\.zip$/, '')}`)]
      }),
  )
