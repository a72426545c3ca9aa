import Wizard from '@cloudscape-design/components/wizard'
import { type ReactNode, useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { useSession } from '../../session/session.tsx'
import { useTitle } from '../../shell/page.tsx'
import {
  type Draft,
  deviceFaults,
  type Faults,
  nameFaults,
  newDraft,
  phaseFaults,
  timeFaults,
} from '../draft.ts'
import { useMakeCampaign } from '../use-make-campaign.ts'
import { DevicesStep } from './devices-step.tsx'
import { PhasesStep } from './phases-step.tsx'
import { ReviewStep } from './review-step.tsx'
import type { StepProps } from './step.ts'
import { TimeStep } from './time-step.tsx'
import { WhatStep } from './what-step.tsx'

type Step = { title: string; description?: string; faults: Faults; content: (props: StepProps) => ReactNode }

const stepsOf = (draft: Draft, needsFleet: boolean): Step[] => [
  {
    title: 'Package',
    faults: nameFaults(draft, needsFleet),
    content: (props) => <WhatStep {...props} needsFleet={needsFleet} />,
  },
  {
    title: 'Devices',
    faults: deviceFaults(draft),
    content: (props) => <DevicesStep {...props} />,
  },
  {
    title: 'Phases',
    description: 'Devices are dealt to them once, in a stable order, when the campaign starts.',
    faults: phaseFaults(draft),
    content: (props) => <PhasesStep {...props} />,
  },
  { title: 'Times', faults: timeFaults(draft), content: (props) => <TimeStep {...props} /> },
  { title: 'Review', faults: {}, content: () => <ReviewStep draft={draft} /> },
]

/** Asks step by step what a campaign is to be, and makes it as a draft. */
export const NewCampaignPage = () => {
  useTitle('Make a campaign')
  const { grants } = useSession()
  const navigate = useNavigate()
  const [query] = useSearchParams()
  const needsFleet = !grants.mayInAll('operate')
  const [draft, setDraft] = useState(() =>
    newDraft(query.get('package') ?? '', needsFleet ? (grants.fleets?.[0] ?? '') : ''),
  )
  const [at, setAt] = useState(0)
  const [toldAt, setToldAt] = useState<number>()
  const make = useMakeCampaign()
  const steps = stepsOf(draft, needsFleet)
  const change = (more: Partial<Draft>) => setDraft((all) => ({ ...all, ...more }))
  /** Back always; on as far as nothing is wrong. */
  const go = (wanted: number): void => {
    const wrong = steps.slice(0, wanted).findIndex(({ faults }) => Object.keys(faults).length > 0)
    setToldAt(wrong === -1 || wanted <= at ? undefined : wrong)
    setAt(wrong === -1 || wanted <= at ? wanted : wrong)
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
      submitButtonText="Make the campaign"
      activeStepIndex={at}
      isLoadingNextStep={make.isPending}
      onNavigate={({ detail }) => go(detail.requestedStepIndex)}
      onCancel={() => navigate('/campaigns')}
      onSubmit={() => make.mutate(draft)}
      steps={steps.map(({ title, description, faults, content }, n) => ({
        title,
        ...(description ? { description } : {}),
        content: content({ draft, change, faults: toldAt === n ? faults : {} }),
      }))}
    />
  )
}
