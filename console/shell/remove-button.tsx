import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useNavigate } from 'react-router'
import { readAgain } from '../api/read-again.ts'
import { ConfirmedButton } from './confirmed-button.tsx'
import { useNotifications } from './notifications.tsx'

type Props = {
  /** For the middle of a sentence: `dock`. */
  what: string
  label?: 'Remove' | 'Delete'
  remove: () => Promise<void>
  /** The page of the remaining records, and its list. */
  to: string
  list: QueryKey
  /** What is deleted, and what stays. */
  children: ReactNode
}

/** Removes a record after a confirmation, and shows the remaining ones. */
export const RemoveButton = ({ what, label = 'Remove', remove, to, list, children }: Props) => {
  const { fail, notify } = useNotifications()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const removing = useMutation({
    mutationFn: remove,
    onSuccess: async () => {
      notify({ type: 'success', header: `The ${what} is ${label === 'Remove' ? 'removed' : 'deleted'}` })
      await navigate(to)
      await readAgain(queries, list)
    },
    onError: fail,
  })
  return (
    <ConfirmedButton
      label={label}
      question={`${label} this ${what}?`}
      answer={`${label} it`}
      busy={removing.isPending}
      act={(settled) => removing.mutate(undefined, settled)}
    >
      {children}
    </ConfirmedButton>
  )
}
