// What a function's body mentions, found before it is translated.
import type { Buffer, Expression, Place, Statement, Variable } from '../../compile/index.ts';

export interface Survey {
  readonly buffers: ReadonlySet<Buffer>;
  /** Variables that get new values after their first. */
  readonly changing: ReadonlySet<Variable>;
}

export function survey(body: readonly Statement[], result?: Expression): Survey {
  const buffers = new Set<Buffer>();
  const changing = new Set<Variable>();
  const seen = new Set<Expression>();
  const expression = (it: Expression | Place): void => {
    if (it.kind === 'place') {
      buffers.add(it.buffer);
      expression(it.at);
      return;
    }
    if (seen.has(it)) return;
    seen.add(it);
    switch (it.kind) {
      case 'load':
        buffers.add(it.buffer);
        expression(it.at);
        break;
      case 'apply':
        it.inputs.forEach(expression);
        break;
      case 'splat':
      case 'lane':
        expression(it.of);
        break;
      case 'lanes':
        it.of.forEach(expression);
        break;
      case 'call':
        it.arguments.forEach(expression);
        break;
    }
  };
  const statement = (it: Statement): void => {
    switch (it.kind) {
      case 'let':
        expression(it.value);
        break;
      case 'set':
        changing.add(it.variable);
        expression(it.value);
        break;
      case 'store':
        buffers.add(it.buffer);
        expression(it.at);
        expression(it.value);
        break;
      case 'for':
        expression(it.from);
        expression(it.to);
        it.body.forEach(statement);
        break;
      case 'if':
        expression(it.condition);
        it.whenTrue.forEach(statement);
        it.whenFalse.forEach(statement);
        break;
      case 'run':
        it.arguments.forEach(expression);
        break;
    }
  };
  body.forEach(statement);
  if (result) expression(result);
  return { buffers, changing };
}
