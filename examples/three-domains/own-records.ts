import { codeExample, type Example, judgeExample, mathExample } from './records.ts';

const math: readonly [question: string, steps: readonly string[], answer: string][] = [
  ['A box holds 6 pens. How many pens are in 4 boxes and 3 more?', ['4*6=24', '24+3=27'], '27'],
  ['Mia had 20 coins, lost 5 and halved the rest by mistake. How many?', ['20-5=15', '15/2=7.5'], '7.5'],
  ['Three cats have four legs each, one dog too. How many legs?', ['3*4=12', '12+4=16'], '16'],
  ['A train does 90 km in 2 hours. How far in 3 hours?', ['90/2=45', '45*3=135'], '135'],
  ['Half of 48 and a third of 30 together are what?', ['48/2=24', '30/3=10', '24+10=34'], '34'],
  ['Ann is 8, Ben twice as old, Cem 3 years older than Ben. How old is Cem?', ['8*2=16', '16+3=19'], '19'],
];

const code: readonly [text: string, code: string, tests: readonly string[]][] = [
  ['Write a function to double a number.', 'def double(n):\n    return 2*n', ['double(3) == 6', 'double(0) == 0']],
  ['Write a function to add two numbers.', 'def add(a,b):\n    return a+b', ['add(1,2) == 3', 'add(-1,1) == 0']],
  ['Write a function to count the items.', 'def count(xs):\n    return len(xs)', ['count([]) == 0', 'count([7]) == 1']],
  [
    'Write a function to turn a text around.',
    'def turn(s):\n    return s[::-1]',
    ["turn('ab') == 'ba'", "turn('') == ''"],
  ],
  [
    'Write a function to take the last item.',
    'def last(xs):\n    return xs[-1]',
    ['last([1,2]) == 2', 'last([5]) == 5'],
  ],
  ['Write a function to square a number.', 'def square(n):\n    return n**2', ['square(3) == 9', 'square(-2) == 4']],
];

const judged: readonly [question: string, reference: string][] = [
  ['What keeps planets on their way around the sun?', 'strong gravity'],
  ['What do bees make out of nectar?', 'sweet honey'],
  ['Which gas do plants take out of the air?', 'carbon dioxide'],
  ['What is the smallest whole number above nine?', 'the ten'],
  ['Where does the sun rise?', 'in the east'],
  ['What falls when clouds are cold?', 'white snow'],
];

/** A handful of records written for this example, for where the data sets are not. */
export function ownExamples(): Example[] {
  return [
    ...math.map(([question, steps, answer], index) =>
      mathExample({ question, answer: `${steps.map((step) => `<<${step}>>`).join(' ')} #### ${answer}` }, index),
    ),
    ...code.map(([text, program, tests], index) =>
      codeExample({
        ...{ task_id: index, text, code: program, test_setup_code: '' },
        test_list: tests.map((test) => `assert ${test}`),
      }),
    ),
    ...judged.map(([question, reference], index) =>
      judgeExample({
        ...{ id: String(index), ground_truth: reference },
        messages: JSON.stringify([{ role: 'user', content: question }]),
      }),
    ),
  ];
}
