import { describe, expect, it } from '@jest/globals';
import { AppError } from '@trimtab/kernel';
import { specification } from './decider.js';

type State = { readonly kind: 'nothing' } | { readonly kind: 'open'; readonly items: readonly string[] };
type Input = { readonly add: string };
type Event = { readonly type: 'Opened' } | { readonly type: 'Added'; readonly item: string };

function decide(state: State, { add }: Input): Event[] {
  if (state.kind === 'nothing') return [{ type: 'Opened' }, { type: 'Added', item: add }];
  if (state.items.includes(add)) throw new AppError('basket.twice', `${add} is in the basket: take another`);
  return [{ type: 'Added', item: add }];
}

function evolve(state: State, event: Event): State {
  if (event.type === 'Opened') return { kind: 'open', items: [] };
  return { kind: 'open', items: [...(state.kind === 'open' ? state.items : []), event.item] };
}

const given = specification({ initial: { kind: 'nothing' } as State, decide, evolve });
const opened: Event = { type: 'Opened' };
const pear: Event = { type: 'Added', item: 'pear' };

describe('a specification of a decider', () => {
  it('accepts the decision that is expected', () => {
    given().when({ add: 'pear' }).then([opened, pear]);
    given(opened).when({ add: 'pear' }).then([pear]);
    given(opened)
      .when({ add: 'pear' })
      .then((events) => expect(events).toHaveLength(1));
    given(opened, pear).state({ kind: 'open', items: ['pear'] });
  });

  it('refuses any other decision', () => {
    expect(() => given(opened).when({ add: 'pear' }).then([])).toThrow();
    expect(() => given(opened).when({ add: 'pear' }).then([opened])).toThrow();
    expect(() => given(opened).state({ kind: 'nothing' })).toThrow();
  });

  it('knows a failure by its code or its message', () => {
    const again = given(opened, pear).when({ add: 'pear' });
    again.thenFails('basket.twice');
    again.thenFails(/take another/);
    expect(() => again.thenFails('basket.full')).toThrow();
    expect(() => again.thenFails(/full/)).toThrow();
    expect(() => again.then([])).toThrow(AppError);
    expect(() => given().when({ add: 'pear' }).thenFails('basket.twice')).toThrow(/expected a failure/);
  });

  it('fails rules that change the state or an event', () => {
    const careless = specification({
      initial: { items: [] as string[] },
      decide: (state, input: string) => state.items.push(input),
      evolve: (state, event: { item: string }) => ({ items: [...state.items, (event.item += '!')] }),
    });
    expect(() => careless().when('x').then(1)).toThrow(TypeError);
    expect(() => careless({ item: 'x' })).toThrow(TypeError);
  });
});
