import Container from '@cloudscape-design/components/container'
import FormField from '@cloudscape-design/components/form-field'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { Package } from '../../api/records.ts'
import { useNewestPackages } from '../../packages/use-packages.ts'
import { Field } from '../../shell/field.tsx'
import { ProblemAlert } from '../../shell/problem.tsx'
import { escaped } from '../../words/foreign.tsx'
import { idOf } from '../draft.ts'
import type { StepProps } from './step.ts'

const optionOf = ({ id, name, package: of, version, fleet }: Package) => ({
  value: id,
  label: id,
  description: `${escaped(name)}, ${of} ${escaped(version)}${fleet ? `, fleet ${fleet}` : ''}`,
})

type Asked = { needsFleet: boolean /** Whether it is there, under its id. */; hasId: boolean }

/** The package and the name of a campaign. Packages without a proved file cannot be selected. */
export const WhatStep = ({ draft, change, faults, needsFleet, hasId }: StepProps & Asked) => {
  const { data, error, isPending, refetch } = useNewestPackages()
  const ready = (data?.items ?? []).filter(({ file, deleted }) => file?.state === 'proved' && !deleted)
  const chosen = ready.find(({ id }) => id === draft.packageId)
  const take = (id: string | undefined) => {
    const fleet = ready.find((one) => one.id === id)?.fleet
    // A package of a fleet is only for campaigns of that fleet.
    change({ packageId: id ?? '', ...(fleet ? { fleet } : {}) })
  }
  return (
    <Container>
      <SpaceBetween size="m">
        {error && <ProblemAlert error={error} retry={refetch} />}
        <FormField
          label="Package"
          constraintText="Only packages with a proved file."
          errorText={faults.packageId ?? ''}
        >
          <Select
            selectedOption={chosen ? optionOf(chosen) : null}
            options={ready.map(optionOf)}
            placeholder="Choose a package"
            filteringType="auto"
            statusType={isPending ? 'loading' : 'finished'}
            empty="No package is proved. Create one and upload its file."
            onChange={({ detail }) => take(detail.selectedOption.value)}
          />
        </FormField>
        <Field
          label="Name"
          hint="What people call the campaign."
          fault={faults.name}
          value={draft.name}
          set={(name) => change({ name })}
        />
        {!hasId && (
          <Field
            label="ID"
            hint="Letters, digits, “-” and “_”. It is part of URLs, and cannot be changed."
            fault={faults.id}
            value={idOf(draft)}
            set={(typedId) => change({ typedId })}
          />
        )}
        <Field
          label={needsFleet ? 'Fleet' : 'Fleet – optional'}
          hint="Only devices of this fleet take part; if empty, all devices."
          fault={faults.fleet}
          value={draft.fleet}
          set={(fleet) => change({ fleet: fleet.trim() })}
        />
      </SpaceBetween>
    </Container>
  )
}
