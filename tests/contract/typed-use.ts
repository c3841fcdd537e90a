// What a client relies on when it is written against the generated types. It is compiled, never run: a line that
// stops compiling says that the contract changed for its users; a line marked @ts-expect-error, that it became loose.
import type { components, operations, paths } from './schema';

type Schemas = components['schemas'];

export const draft: Schemas['CreatePostRequest'] = { text: 'A draft needs no more than this.' };

export const scheduled: Schemas['CreatePostRequest'] = {
  text: 'Fresh bread',
  media: [{ media_id: 'm', alt: 'A loaf' }],
  targets: [{ account_id: 'a', text: null, options: { visibility: 'unlisted', categories: [3, 4] } }],
  schedule: { local: '2026-03-02T07:00', zone: 'Europe/Berlin', if_ambiguous: 'later' },
};

// @ts-expect-error an instant and a wall-clock time exclude each other in what they need
export const neither: Schemas['Schedule'] = { zone: 'Europe/Berlin' };

// @ts-expect-error unknown fields are refused
export const unknown: Schemas['CreatePostRequest'] = { text: '', colour: 'red' };

// @ts-expect-error owners are made, not invited
export const owner: Schemas['CreateInviteRequest'] = { role: 'owner' };

export function label(delivery: Schemas['Delivery']): string {
  switch (delivery.state) {
    case 'published':
      return delivery.permalink ?? 'published';
    case 'failed':
    case 'needs_review':
      return delivery.error?.detail ?? delivery.state;
    case 'draft':
    case 'awaiting_approval':
    case 'scheduled':
    case 'sending':
    case 'in_doubt':
    case 'cancelled':
      return delivery.due_at ?? delivery.state;
  }
}

export const isSending = (problem: Schemas['Problem']): boolean =>
  problem.type === 'urn:troupe:problem:already-sending';

// A page can be walked, and pages do not differ from resource to resource.
type Answer<Name extends 'listPosts' | 'listDeliveries' | 'listAccounts' | 'getDeliveryLedger'> =
  operations[Name]['responses'][200]['content']['application/json'];
type Page<Item> = { items: Item[]; next_cursor: string | null };
export const posts = (page: Answer<'listPosts'>): Page<Schemas['Post']> => page;
export const deliveries = (page: Answer<'listDeliveries'>): Page<Schemas['Delivery']> => page;
export const accounts = (page: Answer<'listAccounts'>): Page<Schemas['Account']> => page;
export const ledger = (page: Answer<'getDeliveryLedger'>): Page<Schemas['LedgerEntry']> => page;

// Filters, keys and versions can be given.
export const filters: NonNullable<operations['listPosts']['parameters']['query']> = {
  state: ['scheduled', 'sending'],
  from: '2026-03-01T00:00:00Z',
  order: 'scheduled_asc',
  limit: 200,
};
export const headers: NonNullable<operations['schedulePost']['parameters']['header']> = {
  'Idempotency-Key': 'k',
  'If-Match': '"v3"',
};

// Every failure of a route that changes a post is a problem, the conflict of versions among them.
type Failure = operations['updatePost']['responses'][412]['content']['application/problem+json'];
export const changed = (problem: Failure): number => problem.status;

export const route: keyof paths = '/v1/workspaces/{workspace_id}/posts/{post_id}/publish-now';
