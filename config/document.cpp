#include "config/fields.hpp"

namespace troupe::config {

std::string documented() {
  settings defaults;
  std::string out =
      "# Every key of Troupe, at its default. To change one, remove the # before it.\n"
      "# A key may also be set by the environment (TROUPE_HTTP_PORT=8090) or on the command line\n"
      "# (--set http.port=8090; others on the machine can see that, so no secrets there). The command\n"
      "# line wins over the environment, the environment over this file.\n"
      "# `troupe check-config --config FILE` says what is wrong and shows what is in effect.\n";
  std::string_view section;
  for (auto& f : fields()) {
    if (section != f.section) {
      section = f.section;
      out += "\n# ";
      (out += section_sentence(section)) += "\n[";
      (out += section) += "]\n";
    }
    out += "\n# ";
    (out += f.sentence) += "\n# Allowed: ";
    (out += f.allowed()) += f.secret ? ". Never logged.\n#" : ".\n#";
    ((out += f.key) += " = ") += shown(f, defaults);
    out += '\n';
  }
  return out;
}

std::string effective(const loaded& l) {
  std::string out;
  std::string_view section;
  for (std::size_t i = 0; i < fields().size(); ++i) {
    auto& f = fields()[i];
    if (section != f.section) {
      section = f.section;
      (out += out.empty() ? "[" : "\n[") += section;
      out += "]\n";
    }
    ((out += f.key) += " = ") += shown(f, l.values);
    if (!l.origins[i].empty()) (out += "  # ") += l.origins[i];
    out += '\n';
  }
  return out;
}

} // namespace troupe::config
