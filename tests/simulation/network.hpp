#pragma once

#include "net/outbound/engine.hpp"

#include <functional>
#include <list>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace troupe::test {

/// What a social network promises, as its adapter describes it.
enum class network_kind : std::uint8_t {
  keys_for_ever,  // a repeat under the same key is safe for ever, also while the first call still runs
  keys_for_a_day, // the same within a window, and not while the first call still runs
  can_be_asked,   // no keys, but whether it was published can be read back
  blind,          // nothing: a lost answer is a case for a person
};

/// The network that no node can lie to: it keeps what reaches it, and knows each delivery by its account
/// and the first words of its text, whatever key the request carries. Driven call by call:
///
///     waiting --connect--> released (on the wire) --apply / refuse / lose--> answered or cut
class recording_network {
 public:
  enum class stage : std::uint8_t { waiting, released, decided };
  struct call {
    std::size_t node = 0; // whose it is
    outbound::request what;
    outbound::completion done; // empty: who asked is gone
    stage now = stage::waiting;
    std::int64_t until_us = 0;   // the client gives up then
    std::int64_t arrives_us = 0; // on the wire until then
    outbound::response answer;
  };
  struct seen {
    int raw = 0;     // requests that reached the network
    int applied = 0; // publications that stand there
    std::int64_t first_applied_us = 0;
    std::string id, text; // of the first one
  };

  explicit recording_network(network_kind kind) : kind_(kind) {}
  network_kind kind() const { return kind_; }

  call& submit(std::size_t node, outbound::request what, outbound::completion done, std::int64_t now_us);
  std::list<call>& open() { return open_; }

  /// Asks the gate, on the clock of the node. False: nothing was sent, and the call is over.
  bool connect(call& c);
  /// Nothing was sent: no connection.
  void refuse_connection(call& c);
  /// It reaches the network and is carried out; what the network answers is in `answer`.
  void apply(call& c, std::int64_t now_us);
  /// It reaches the network, which refuses it and does nothing.
  void refuse(call& c, int status);
  /// It never reaches the network.
  void swallow(call& c);
  /// The answer comes back, or (`lost`) does not.
  void finish(call& c, bool lost);
  /// The client waits no longer. What is on the wire may yet arrive.
  void give_up(call& c);
  /// The node has died: nobody hears answers, and what was not on the wire is gone.
  void die(std::size_t node);

  /// By delivery: account and text.
  const std::map<std::string, seen>& record() const { return record_; }
  /// Called when the network carries something out: which delivery.
  std::function<void(const std::string& what)> on_applied;

  /// A delivery is the same one whatever its text has become by editing: "post 3" and "post 3, take 2".
  static std::string identity(const std::string& account, const std::string& text) {
    return account + '|' + text.substr(0, text.find(','));
  }
  /// Which delivery a call is to publish, and with which words.
  static std::string identity_of(const call& c);
  static std::string text_of(const call& c);

 private:
  void over(call& c, outbound::response r);
  void erase(call& c);
  outbound::response look_up(const call& c) const;

  network_kind kind_;
  std::list<call> open_;
  std::map<std::string, seen> record_;
  struct publication {
    std::string what, id;
    std::int64_t at_us = 0;
  };
  std::map<std::string, publication> by_key_;
  int last_id_ = 0;
};

/// A node's way to it.
class simulated_outbound final : public outbound::engine {
 public:
  simulated_outbound(recording_network& network, std::size_t node, std::function<std::int64_t()> now_us)
      : network_(network), node_(node), now_us_(std::move(now_us)) {}
  void submit(outbound::request what, outbound::completion done) override {
    network_.submit(node_, std::move(what), std::move(done), now_us_());
  }
  std::size_t in_flight() const noexcept override { return 0; }
  std::size_t queued() const noexcept override { return 0; }
  bool drain(milliseconds) override { return true; }

 private:
  recording_network& network_;
  std::size_t node_;
  std::function<std::int64_t()> now_us_;
};

} // namespace troupe::test
