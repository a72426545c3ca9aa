import Spinner from '@cloudscape-design/components/spinner'
import Wizard from '@cloudscape-design/components/wizard'
import { type ReactNode, useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { useSession } from '../../session/session.tsx'
import { useTitle } from '../../shell/page.tsx'
import { ProblemAlert } from '../../shell/problem.tsx'
import type { Faults } from '../../words/faults.ts'
import { type Draft, newDraft } from '../draft.ts'
import { deviceFaults, nameFaults, phaseFaults, timeFaults } from '../draft-faults.ts'
import { draftOf } from '../draft-settings.ts'
import { useCampaign } from '../use-campaign.ts'
import { useMakeCampaign } from '../use-make-campaign.ts'
import { DevicesStep } from './devices-step.tsx'
import { PhasesStep } from './phases-step.tsx'
import { ReviewStep } from './review-step.tsx'
import type { StepProps } from './step.ts'
import { TimeStep } from './time-step.tsx'
import { WhatStep } from './what-step.tsx'

type Step = { title: string; description?: string; faults: Faults; content: (props: StepProps) => ReactNode }

const stepsOf = (
  draft: Draft,
  { needsFleet, isThere }: { needsFleet: boolean; isThere: boolean },
): Step[] => [
  {
    title: 'Package',
    faults: nameFaults(draft, needsFleet),
    content: (props) => <WhatStep {...props} needsFleet={needsFleet} hasId={isThere} />,
  },
  {
    title: 'Devices',
    faults: deviceFaults(draft, isThere),
    content: (props) => <DevicesStep {...props} hasDevices={isThere} />,
  },
  {
    title: 'Phases',
    description: 'Devices are divided among them once, in a stable order, when the campaign starts.',
    faults: phaseFaults(draft),
    content: (props) => <PhasesStep {...props} />,
  },
  { title: 'Times', faults: timeFaults(draft), content: (props) => <TimeStep {...props} /> },
  { title: 'Review', faults: {}, content: () => <ReviewStep draft={draft} /> },
]

type Asked = { initial: Draft; needsFleet: boolean /** The campaign that is changed. */; changed?: string }

const CampaignWizard = ({ initial: given, needsFleet, changed }: Asked) => {
  const navigate = useNavigate()
  const [initial] = useState(given)
  const [draft, setDraft] = useState(initial)
  const [at, setAt] = useState(0)
  const [checkedStep, setCheckedStep] = useState<number>()
  const make = useMakeCampaign(changed === undefined ? undefined : initial)
  const steps = stepsOf(draft, { needsFleet, isThere: changed !== undefined })
  const change = (more: Partial<Draft>) => setDraft((all) => ({ ...all, ...more }))
  /** Going back is always possible; going on only while nothing is wrong. */
  const go = (target: number): void => {
    const wrong = steps.slice(0, target).findIndex(({ faults }) => Object.keys(faults).length > 0)
    const stays = wrong !== -1 && target > at
    setCheckedStep(stays ? wrong : undefined)
    setAt(stays ? wrong : target)
  }
  return (
    <Wizard
      i18nStrings={{
        stepNumberLabel: (step) => `Step ${step}`,
        collapsedStepsLabel: (step, count) => `Step ${step} of ${count}`,
        navigationAriaLabel: 'Steps',
        cancelButton: 'Cancel',
        previousButton: 'Previous',
        nextButton: 'Next',
      }}
      submitButtonText={changed === undefined ? 'Create the campaign' : 'Save the campaign'}
      activeStepIndex={at}
      isLoadingNextStep={make.isPending}
      onNavigate={({ detail }) => go(detail.requestedStepIndex)}
      onCancel={() => navigate(changed === undefined ? '/campaigns' : `/campaigns/${changed}`)}
      onSubmit={() => make.mutate(draft)}
      steps={steps.map(({ title, description, faults, content }, n) => ({
        title,
        ...(description ? { description } : {}),
        content: content({ draft, change, faults: checkedStep === n ? faults : {} }),
      }))}
    />
  )
}

const Changed = ({ id, needsFleet }: { id: string; needsFleet: boolean }) => {
  const { data, error, refetch } = useCampaign(id)
  if (error) return <ProblemAlert error={error} retry={refetch} />
  if (!data) return <Spinner size="large" />
  return <CampaignWizard initial={draftOf(data)} changed={id} needsFleet={needsFleet} />
}

/** The wizard to create a campaign as a draft, or to change a draft. */
export const NewCampaignPage = () => {
  const [query] = useSearchParams()
  const id = query.get('change')
  useTitle(id === null ? 'Create a campaign' : 'Change a campaign')
  const { grants } = useSession()
  const needsFleet = !grants.mayInAll('operate')
  if (id !== null) return <Changed id={id} needsFleet={needsFleet} />
  const fleet = needsFleet ? (grants.fleets?.[0] ?? '') : ''
  return <CampaignWizard initial={newDraft(query.get('package') ?? '', fleet)} needsFleet={needsFleet} />
}
