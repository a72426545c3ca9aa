import Button from '@cloudscape-design/components/button'
import Form from '@cloudscape-design/components/form'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { useSession } from '../session/session.tsx'
import { Page } from '../shell/page.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { type Draft, draftFaults, draftOf, idOf, inputOf, newDraft } from './draft.ts'
import { LimitsPart, LogsPart, WhatPart, WhenPart } from './form-parts.tsx'
import { useCollection, useSaveCollection } from './use-collections.ts'

const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

const CollectionForm = ({ initial, isNew }: { initial: Draft; isNew: boolean }) => {
  const navigate = useNavigate()
  const [draft, setDraft] = useState(initial)
  const [showsFaults, setShowsFaults] = useState(false)
  const save = useSaveCollection(({ id }) => void navigate(`/collections/${id}`))
  const faults = draftFaults(draft)
  const hasFaults = Object.keys(faults).length > 0
  const submit = () => {
    if (hasFaults) setShowsFaults(true)
    else if (!save.isPending) save.mutate({ id: idOf(draft), body: inputOf(draft), isNew })
  }
  const change = (more: Partial<Draft>) => setDraft((all) => ({ ...all, ...more }))
  const props = { draft, change, faults: showsFaults ? faults : {} }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Form
        errorText={showsFaults && hasFaults ? 'Correct what is marked, then try again.' : ''}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              variant="link"
              formAction="none"
              onClick={() => navigate(isNew ? '/collections' : `/collections/${initial.id}`)}
            >
              Cancel
            </Button>
            <Button variant="primary" loading={save.isPending}>
              {isNew ? 'Create the collection' : 'Save the collection'}
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          <WhatPart {...props} isNew={isNew} />
          <WhenPart {...props} />
          <LogsPart {...props} />
          <LimitsPart {...props} />
        </SpaceBetween>
      </Form>
    </form>
  )
}

const Changed = ({ id }: { id: string }) => {
  const { data, error, refetch } = useCollection(id)
  if (error) return <ProblemAlert error={error} retry={refetch} />
  if (!data) return <Spinner size="large" />
  return <CollectionForm initial={draftOf(data, ownZone())} isNew={false} />
}

/** The form to create or change a collection. */
export const NewCollectionPage = () => {
  const [query] = useSearchParams()
  const { grants } = useSession()
  const id = query.get('change')
  return (
    <Page title={id === null ? 'Create a collection' : 'Change a collection'}>
      {id === null ? (
        <CollectionForm initial={newDraft(grants.fleets?.[0] ?? 'default', ownZone())} isNew />
      ) : (
        <Changed id={id} />
      )}
    </Page>
  )
}
