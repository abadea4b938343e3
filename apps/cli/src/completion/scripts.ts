/** What a shell runs at the start so that TAB asks `somakit complete`. */
export const SCRIPTS = {
  bash: `# somakit completions bash
_somakit() {
  local current line kind=none
  local -a words=()
  read -r -a words <<< "\${COMP_LINE:0:COMP_POINT}"
  [[ "\${COMP_LINE:COMP_POINT-1:1}" == [[:space:]] ]] && words+=("")
  current="\${words[\${#words[@]}-1]}"
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) kind=\${line#:} ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(somakit complete -- "\${words[@]:1}" 2>/dev/null)
  if [[ $current == *=* && $COMP_WORDBREAKS == *=* ]]; then
    # Bash has split the word at the sign and puts back what stands before it.
    COMPREPLY=("\${COMPREPLY[@]#*=}")
  fi
  case $kind in
    files) compopt -o filenames; mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current") ;;
    folders) compopt -o filenames; mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$current") ;;
  esac
}
complete -F _somakit somakit
`,
  zsh: `#compdef somakit
# somakit completions zsh
_somakit() {
  local line kind=none
  local -a values
  while IFS= read -r line; do
    case $line in
      :*) kind=\${line#:} ;;
      *) values+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done < <(somakit complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#values )) && _describe somakit values
  case $kind in
    files) _files ;;
    folders) _files -/ ;;
  esac
}
if [[ $funcstack[1] == _somakit ]]; then _somakit "$@"; else compdef _somakit somakit; fi
`,
  fish: `# somakit completions fish
function __somakit_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (somakit complete -- $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path "$current"
            case ':folders'
                __fish_complete_directories "$current"
            case ':*'
            case '*'
                echo $line
        end
    end
end
complete -c somakit -f -a '(__somakit_complete)'
`,
} as const;

export type Shell = keyof typeof SCRIPTS;
