import { Button, CloseButton, Kbd, Select, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { memo, type ReactNode, type RefObject, useState } from 'react'
import { Later } from '../app/later.tsx'
import type { Choices, SessionFilter } from './filter.ts'

const states = [
  { value: 'live', label: 'Live' },
  { value: 'issued', label: 'Issued' },
  { value: 'pending', label: 'Pending' },
  { value: 'revoked', label: 'Revoked' },
  { value: 'failed', label: 'Failed' },
  { value: 'ended', label: 'Ended' },
  { value: 'all', label: 'All' },
]

const origins = [
  { value: 'broker', label: 'This broker' },
  { value: 'cloudtrail', label: 'Others (CloudTrail)' },
]

interface Props {
  readonly filter: SessionFilter
  readonly choices: Choices
  readonly search: RefObject<HTMLInputElement | null>
  readonly onChange: (filter: SessionFilter) => void
  /** Escape in the search. */
  readonly onLeave: () => void
}

/** Drawn anew only when a filter or what can be chosen changes, and not with the sessions. */
export const SessionFilters = memo(function SessionFilters(props: Props): ReactNode {
  const { filter, choices, search, onChange, onLeave } = props
  const set = (change: Partial<SessionFilter>): void => onChange({ ...filter, ...change })
  const [open, setOpen] = useState(false)
  const inUse = [filter.person, filter.role, filter.account, filter.origin].filter(Boolean).length
  const choose = (
    label: string,
    key: 'person' | 'role' | 'account' | 'origin',
    data: readonly string[] | readonly { value: string; label: string }[],
  ): ReactNode => (
    <Select
      aria-label={label}
      placeholder={label}
      size="xs"
      data={[...data] as string[]}
      value={filter[key] || null}
      onChange={(value) => set({ [key]: value ?? '' })}
      searchable
      clearable
      limit={100}
      comboboxProps={{ width: 280, position: 'bottom-start' }}
      nothingFoundMessage="None"
    />
  )
  return (
    <search className="filters">
      <TextInput
        ref={search}
        className="filters-text"
        aria-label="Search sessions"
        aria-keyshortcuts="/"
        placeholder="Name, role, account, id, key, address"
        size="xs"
        value={filter.text}
        onChange={(event) => set({ text: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' && event.key !== 'Enter') return
          if (event.key === 'Escape') set({ text: '' })
          onLeave()
        }}
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={
          filter.text ? (
            <CloseButton size="xs" aria-label="Clear the search" onClick={() => set({ text: '' })} />
          ) : (
            <Kbd size="xs" aria-hidden>
              /
            </Kbd>
          )
        }
      />
      <Later>
        <div className="filters-more" data-open={open}>
          {choose('Person', 'person', choices.people)}
          {choose('Role', 'role', choices.roles)}
          <Later>
            {choose('Account', 'account', choices.accounts)}
            {choose('Origin', 'origin', origins)}
          </Later>
        </div>
        <Select
          aria-label="State"
          size="xs"
          data={states}
          value={filter.state}
          allowDeselect={false}
          onChange={(value) => set({ state: (value ?? 'live') as SessionFilter['state'] })}
        />
      </Later>
      <Button
        className="filters-toggle"
        variant="default"
        size="xs"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {open ? 'Fewer filters' : inUse > 0 ? `Filters (${inUse})` : 'More filters'}
      </Button>
    </search>
  )
})
