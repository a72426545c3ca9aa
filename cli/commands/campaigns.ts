import { Option } from '@commander-js/extra-typings'
import { listFrom, secondsFrom, wholeFrom } from '../arguments.ts'
import type { Program } from '../command.ts'
import type { Context } from '../context.ts'
import { campaignColumns, showCampaign } from './campaign-view.ts'
import { createCampaign } from './create-campaign.ts'
import { abort, approve, watchCampaign } from './watch-campaign.ts'

type Campaigns = ReturnType<Program['command']>

const addReading = (campaigns: Campaigns, run: Program['run']): void => {
  campaigns
    .command('list')
    .description('Campaigns, newest first')
    .option('--fleet <name>', 'only of this fleet')
    .option('-n, --limit <number>', 'the most to list', wholeFrom(1), 50)
    .action(({ fleet, limit }) =>
      run(({ crew, out }) =>
        out.list(crew.campaigns.list(fleet ? { fleet } : {}), campaignColumns, {
          limit,
          empty: 'No campaigns.',
        }),
      ),
    )
  campaigns
    .command('show')
    .description('A campaign, its phases, and why devices failed')
    .argument('<campaign>', 'its id')
    .action((id) =>
      run(async (context) => {
        const campaign = await context.crew.campaigns.get(id)
        if (context.out.json) context.out.record(campaign, () => '')
        else showCampaign(context, campaign)
      }),
    )
  campaigns
    .command('watch')
    .description('Watch a campaign until it ends; the exit status says how')
    .argument('<campaign>', 'its id')
    .option('--timeout <time>', 'wait no longer than this', secondsFrom)
    .action((id, asked) => run((context) => watchCampaign(context, id, asked)))
}

/** The steps of a campaign that need only its id. */
const steps = {
  start: 'Start a campaign that is a draft',
  pause: 'Offer nothing more until it is resumed',
  resume: 'Go on after a pause',
} as const

type Steered = { wait?: true | undefined; timeout?: number | undefined }

const steer = async (
  context: Context,
  step: keyof typeof steps,
  { id, wait, ...watched }: Steered & { id: string },
): Promise<void> => {
  const { crew, out } = context
  const campaign = await crew.campaigns[step](id)
  if (wait) return watchCampaign(context, id, watched)
  out.record(campaign, () => out.safe(`${id} ${campaign.state ?? ''}`))
}

const addSteering = (campaigns: Campaigns, run: Program['run']): void => {
  for (const step of ['start', 'resume'] as const)
    campaigns
      .command(step)
      .description(steps[step])
      .argument('<campaign>', 'its id')
      .option('--wait', 'wait for its end; the exit status says how it ended')
      .option('--timeout <time>', 'with --wait: wait no longer than this', secondsFrom)
      .action((id, asked) => run((context) => steer(context, step, { ...asked, id })))
  campaigns
    .command('pause')
    .description(steps.pause)
    .argument('<campaign>', 'its id')
    .action((id) => run((context) => steer(context, 'pause', { id })))
  campaigns
    .command('approve')
    .description('Open the next phase after one that has passed its gate; the campaign’s maker may not')
    .argument('<campaign>', 'its id')
    .argument('[phase]', 'the phase that has passed (the one that waits)')
    .option('--comment <text>', 'why, for the record')
    .option('--wait', 'wait for its end; the exit status says how it ended')
    .option('--timeout <time>', 'with --wait: wait no longer than this', secondsFrom)
    .action((id, phase, asked) => run((context) => approve(context, id, phase, asked)))
  campaigns
    .command('delete')
    .description('Delete a campaign that has not begun or has ended; the records of its devices stay')
    .argument('<campaign>', 'its id')
    .action((id) =>
      run(async ({ crew, out }) => {
        await crew.campaigns.remove(id)
        out.record({ id, deleted: true }, () => out.safe(`${id} deleted`))
      }),
    )
  campaigns
    .command('abort')
    .description('Admit no more devices, and close attempts that no device has begun')
    .argument('<campaign>', 'its id')
    .option('--wait', 'until no device is upgrading any more')
    .option('--timeout <time>', 'with --wait: wait no longer than this', secondsFrom)
    .action((id, asked) => run((context) => abort(context, id, asked)))
}

export const addCampaigns = ({ command, run }: Program): void => {
  const campaigns = command('campaigns').description('Campaigns of upgrades')
  addReading(campaigns, run)
  campaigns
    .command('create')
    .description('Make a campaign, or change one that has not started, and give it devices')
    .argument('<campaign>', 'an id for it: letters, digits, _ and -')
    .option('--name <text>', 'what people call it (its id)')
    .option('--package-id <id>', 'the package to offer; without it the campaign observes another platform')
    .addOption(
      new Option('--package <kind>', 'what another platform upgrades').choices([
        'firmware',
        'software',
      ] as const),
    )
    .option('--target-version <version>', 'the version that another platform installs')
    .option('--fleet <name>', 'for this fleet')
    .option('--settings <file>', 'the rest as JSON: phases, gates, window, pace; - reads the pipe')
    .option('--device <ids>', 'devices, separated by commas; may be given several times', listFrom)
    .option('--devices-from <file>', 'devices from a file, an id at the start of each line; - reads the pipe')
    .option('--label <name=value>', 'with --package-id: devices that have this label', listFrom)
    .option('--start', 'with --package-id: start it at once')
    .option('--wait', 'start it, and wait for its end; the exit status says how it ended')
    .option('--timeout <time>', 'with --wait: wait no longer than this', secondsFrom)
    .action((id, asked) => run((context) => createCampaign(context, id, asked)))
  addSteering(campaigns, run)
}
