# {{name}}

Tells which of the subjects that it is asked about no run has seen before.

- **Asks** `{{name}}.{{action}}` on `trimtab.cmd.{{name}}.<pool>.{{action}}`: subjects by name.
- **Answers** the new ones in the order that they came, with the number of known ones.
- **Owns** schema `{{name}}`: `subjects` (one row per subject, with the run that saw it first).

```
subjects ─▶ {{Action}}Handler ─▶ unseen (pure) ─▶ rows + result
                 ▲
      {{Name}}History (Postgres)
```

This is the shape of every service, with a small rule inside: replace the rule in `src/domain/`, keep the shape.
