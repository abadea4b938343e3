/** What a shell runs at the start so that TAB asks `somakit complete`. */
export const SCRIPTS = {
  bash: `# somakit completions bash
_somakit() {
  local rest="\${COMP_LINE:0:COMP_POINT}" word current before= line kind=none
  local -a words=()
  # Bash has split the line at = and : too; what no space separates is one word.
  for word in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    [[ \${#words[@]} -eq 0 || $rest == [[:space:]]* ]] && words+=("")
    rest="\${rest#"\${rest%%[![:space:]]*}"}"
    [[ $rest == "$word"* ]] || word=$rest
    words[\${#words[@]}-1]+="\${word//[\\"\\'\\\\]/}"
    rest="\${rest#"$word"}"
  done
  current="\${words[\${#words[@]}-1]}"
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) kind=\${line#:} ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(somakit complete -- "\${words[@]:1}" 2>/dev/null)
  [[ $current == --*=* ]] && before="\${current%%=*}=" && current="\${current#*=}"
  if [[ $COMP_WORDBREAKS == *=* ]]; then
    # Bash puts back what stands before the sign.
    [[ -n $before ]] && COMPREPLY=("\${COMPREPLY[@]#*=}")
    before=
  fi
  case $kind in
    files) kind=-f ;;
    folders) kind=-d ;;
    *) return ;;
  esac
  compopt -o filenames 2>/dev/null
  while IFS= read -r line; do
    # After a sign that separates nothing bash does not see that it is a folder.
    if [[ -n $before && -d \${line/#\\~/$HOME} ]]; then
      line+=/
      compopt -o nospace 2>/dev/null
    fi
    COMPREPLY+=("$before$line")
  done < <(compgen $kind -- "$current")
}
complete -F _somakit somakit
`,
  zsh: `#compdef somakit
# somakit completions zsh
_somakit() {
  local line value text kind=none
  local -a values
  # Without their quotes, and no further than the cursor.
  while IFS= read -r line; do
    case $line in
      :*) kind=\${line#:} ;;
      *)
        value=\${\${line%%$'\\t'*}//:/\\\\:}
        text=\${line#*$'\\t'}
        values+=("$value\${text:+:$text}")
        ;;
    esac
  done < <(somakit complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)
  (( $#values )) && _describe somakit values
  [[ $kind != none && $PREFIX == --*=* ]] && compset -P '*='
  case $kind in
    files) _files ;;
    folders) _files -/ ;;
  esac
}
if [[ $funcstack[1] == _somakit ]]; then _somakit "$@"; else compdef _somakit somakit; fi
`,
  fish: `# somakit completions fish
# One question for each command line: fish asks twice, for words and whether files fit too.
function __somakit_forget --on-event fish_prompt
    set -e __somakit_line
end
function __somakit_ask
    set -l line (commandline -cp | string collect)
    if test "$line" != "$__somakit_line"
        set -l words (commandline -opc)
        set -l current (commandline -ct | string replace -r '^["\\']' '')
        set -g __somakit_answer (somakit complete -- $words[2..-1] "$current" 2>/dev/null)
        set -g __somakit_line $line
    end
end
function __somakit_words
    __somakit_ask
    string match -v -- ':*' $__somakit_answer
    contains -- :folders $__somakit_answer; and __fish_complete_directories (commandline -ct)
end
function __somakit_wants_files
    __somakit_ask
    contains -- :files $__somakit_answer
end
complete -c somakit -f -a '(__somakit_words)'
complete -c somakit -n __somakit_wants_files -F
`,
} as const;

export type Shell = keyof typeof SCRIPTS;
