//! What a configuration may not have, beyond what its types refuse. Each message names the key and what is known.

use super::{CloudConfig, Config};
use crate::engine::{Glob, nearest};
use std::net::IpAddr;

impl Config {
    /// Refuses what cannot be served, with a message that names the key.
    pub fn check(&self) -> Result<(), String> {
        self.clock()?;
        self.timing()?;
        self.limits()?;
        if self.max_worlds == 0 {
            return Err("max_worlds = 0: the default world counts, so the number must be 1 or more".into());
        }
        self.workers()?;
        self.check_hosts()?;
        self.check_control()?;
        self.check_delays()?;
        for cloud in &self.clouds {
            cloud.check()?;
        }
        let mut names: Vec<_> = self.clouds.iter().map(|cloud| &cloud.name).collect();
        names.sort();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("cloud: there are two clouds {}", pair[0]));
        }
        self.check_ports()?;
        self.check_public_ports()
    }

    fn check_hosts(&self) -> Result<(), String> {
        let single = [
            ("bind", Some(&self.bind)),
            ("control_bind", self.control_bind.as_ref()),
            ("public_host", self.public_host.as_ref()),
        ];
        let several = self.control_hosts.iter().map(|host| ("control_hosts", host));
        let all = single.into_iter().filter_map(|(key, host)| Some((key, host?))).chain(several);
        match all.into_iter().find(|(_, host)| !is_host(host)) {
            Some((key, host)) => Err(format!("{key}: {host:?} is neither an address nor a host name")),
            None => Ok(()),
        }
    }

    fn check_control(&self) -> Result<(), String> {
        let Some(token) = &self.control_token else { return Ok(()) };
        if self.control_open {
            return Err("control_token and control_open contradict each other".into());
        }
        // It is sent in a header.
        let is_word = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        if is_word {
            Ok(())
        } else {
            Err("control_token: expected ASCII letters, digits and signs without blanks".into())
        }
    }

    fn check_delays(&self) -> Result<(), String> {
        if self.delays.is_empty() {
            return Ok(());
        }
        let known: Vec<_> = self.clouds.iter().flat_map(|cloud| (cloud.kind.transitions)()).collect();
        let unknown = self.delays.keys().find(|glob| {
            let glob = Glob::new(glob);
            !known.iter().any(|name| glob.matches(name))
        });
        match unknown {
            Some(glob) => Err(unknown_name("delays", "transition", glob, known.iter().map(String::as_str))),
            None => Ok(()),
        }
    }

    /// Services may share a port if their paths differ. With an address of its own, the control API does not share its
    /// port.
    fn check_ports(&self) -> Result<(), String> {
        let mut taken = vec![("control".to_owned(), self.control_port, "")];
        for cloud in &self.clouds {
            let name = |service: &str| format!("{} of cloud {}", service, cloud.name);
            taken.extend(cloud.ports.iter().map(|(service, port)| (name(service), *port, "")));
            let paths =
                cloud.paths.iter().filter_map(|(service, path)| Some((name(service), cloud.port?, path.as_str())));
            taken.extend(paths);
        }
        for (at, (name, port, path)) in taken.iter().enumerate() {
            if *port == 0 {
                return Err(format!("the port of {name} is 0: expected 1 to 65535"));
            }
            self.port(*port).map_err(|error| format!("port_offset: {error} ({name})"))?;
            let is_control = *port == self.control_port && self.control_bind.is_some();
            let other = taken[..at].iter().find(|(_, known, at)| known == port && (is_control || at == path));
            if let Some((other, ..)) = other {
                return Err(format!("{other} and {name} both have port {port}{path}"));
            }
        }
        Ok(())
    }

    fn check_public_ports(&self) -> Result<(), String> {
        let own: Vec<_> = self.ports().into_iter().filter_map(|port| self.port(port).ok()).collect();
        for (port, public) in &self.public_ports {
            if !port.parse().is_ok_and(|port: u16| own.contains(&port)) {
                let own: Vec<_> = own.iter().map(u16::to_string).collect();
                return Err(format!("public_ports: nephos has no port {port}; ports: {}", own.join(", ")));
            }
            if *public == 0 {
                return Err(format!("public_ports: {port} = 0: expected 1 to 65535"));
            }
        }
        Ok(())
    }
}

impl CloudConfig {
    fn check(&self) -> Result<(), String> {
        let name = &self.name;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if !(1..=64).contains(&name.len()) || !name.chars().all(plain) || name.starts_with('.') {
            return Err(format!(
                "cloud: the name {name:?} is not 1 to 64 letters, digits, dots, dashes or underscores: it is part of paths"
            ));
        }
        match (self.port, self.ports.is_empty(), self.paths.is_empty()) {
            (None, false, true) | (Some(_), true, false) => {}
            _ => return Err(format!("cloud {name}: either `ports`, or `port` and `paths` are required")),
        }
        let known: Vec<_> = (self.kind.places)().into_iter().map(|place| place.service).collect();
        for (key, service) in
            self.ports.keys().map(|one| ("ports", one)).chain(self.paths.keys().map(|one| ("paths", one)))
        {
            if !known.contains(&service.as_str()) {
                return Err(format!("cloud {name}: {}", unknown_name(key, "service", service, known.iter().copied())));
            }
        }
        if let Some((service, path)) = self.paths.iter().find(|(_, path)| !is_prefix(path)) {
            return Err(format!("cloud {name}: paths.{service}: {path:?} is not a path such as \"/identity\""));
        }
        self.settings().map(drop)
    }
}

/// `delays: there is no transition "x"; did you mean "y"? transitions: …`
fn unknown_name<'k>(key: &str, what: &str, name: &str, known: impl Iterator<Item = &'k str> + Clone) -> String {
    let near = nearest(name, known.clone()).unwrap_or_default();
    let mut known: Vec<_> = known.collect();
    known.sort_unstable();
    known.dedup();
    format!("{key}: there is no {what} {name:?}; did you mean {near:?}? known: {}", known.join(", "))
}

fn is_host(host: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    host.parse::<IpAddr>().is_ok() || (!host.is_empty() && host.chars().all(plain))
}

/// True for the part of a path before the service's own: empty for the root, or `/identity`.
fn is_prefix(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '~');
    let segment = |segment: &str| !segment.is_empty() && segment.chars().all(plain);
    path.is_empty() || path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(segment))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        match Config::parse(text) {
            Err(error) => error,
            Ok(_) => panic!("taken: {text}"),
        }
    }

    #[test]
    fn errors_name_the_key() {
        for (text, expected) in [
            ("colour = 1", "colour"),
            ("seed = \"x\"", "seed"),
            ("control_hosts = \"x\"", "control_hosts"),
            ("timing = \"slow\"", "timing"),
            ("workers = 0", "workers"),
            ("workers = 513", "workers"),
            ("clock = \"fast\"", "clock"),
            ("clouds = 1", "clouds"),
            ("clouds = \"none\"", "clouds"),
            ("bind = \"http://x\"", "bind"),
            ("control_bind = \"\"", "control_bind"),
            ("public_host = \"a b\"", "public_host"),
            ("control_hosts = [\"x:4990\"]", "control_hosts"),
            ("control_token = \"a b\"", "control_token"),
            ("control_token = \"\"", "control_token"),
            ("control_token = \"x\"\ncontrol_open = true", "control_open"),
            ("allow_fetch = [\"everything\"]", "allow_fetch"),
            ("port_offset = 60000", "port_offset"),
            ("port_offset = 70000", "port_offset"),
            ("control_port = 0", "control is 0"),
            ("control_port = 5000", "control and keystone of cloud gozunga both have port 5000"),
            ("control_port = 4991\ncontrol_bind = \"127.0.0.1\"", "both have port 4991"),
            ("public_ports = { http = 80 }", "http"),
            ("public_ports = { \"81\" = 80 }", "81"),
            ("public_ports = { \"5000\" = 0 }", "5000 = 0"),
            ("[delays]\n\"cinder.*\" = \"soon\"", "cinder.*"),
            ("[delays]\n\"nova.server.biuld\" = \"1s\"", "did you mean \"nova.server.build\"?"),
        ] {
            let error = refusal(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn errors_of_clouds_name_the_cloud_and_the_key() {
        for (text, expected) in [
            ("name = \"x\"\nkind = \"openstack\"\nregion = \"r\"", "cloud x: either `ports`"),
            ("name = \"x\"\nkind = \"cirrus\"", "cirrus"),
            ("name = \"a/b\"\nkind = \"cloudsigma\"\nport = 4999\npaths = { cloudsigma = \"\" }", "a/b"),
            ("name = \"xloud\"\ncolour = 1", "cloud xloud (openstack): unknown field `colour`"),
            ("name = \"xloud\"\nlimits = { rate = 1, speed = 2 }", "xloud"),
            (
                "name = \"xloud\"\npaths = { novva = \"/x\" }",
                "cloud xloud: paths: there is no service \"novva\"; did you mean \"nova\"?",
            ),
            ("name = \"xloud\"\npaths = { nova = \"compute\" }", "cloud xloud: paths.nova"),
            ("name = \"xloud\"\npaths = { nova = \"/compute/\" }", "cloud xloud: paths.nova"),
            ("name = \"xloud\"\npaths = { nova = \"/a\", cinder = \"/a\" }", "both have port 4991/a"),
            ("name = \"gozunga\"\nports = { nova = 5001, cinder = 5001 }", "both have port 5001"),
            ("name = \"gozunga\"\nports = { nova = 500100 }", "nova"),
            ("name = \"gozunga\"\nports = { nova = 0 }", "nova of cloud gozunga is 0"),
            ("name = \"gozunga\"\npasswords = { colour = 1 }", "cloud gozunga (openstack): unknown field `colour`"),
            ("name = \"gozunga\"\ncomputes = { vcpus = -1 }", "computes.vcpus"),
            ("name = \"cloudzy\"\ncloudzy = { colour = 1 }", "cloud cloudzy (cloudzy): unknown field `colour`"),
            (
                "name = \"cloudzy\"\n[[cloud.cloudzy.account]]\ntoken = \"a\"\n[[cloud.cloudzy.account]]\ntoken = \"a\"\nname = \"b\"",
                "cloudzy.account: two",
            ),
            ("name = \"cloudzy\"\n[[cloud.cloudzy.account]]\ntoken = \"a\"\nparent = \"nobody\"", "nobody"),
            (
                "name = \"cloudsigma\"\n[[cloud.cloudsigma.account]]\nemail = \"a\"\npassword = \"x\"\n[[cloud.cloudsigma.account]]\nemail = \"a\"\npassword = \"y\"",
                "cloudsigma.account: two",
            ),
            ("name = \"openstackid\"\nopenstackid = { token_lifetime = 0 }", "openstackid.token_lifetime"),
            (
                "name = \"openstackid\"\n[[cloud.openstackid.client]]\nid = \"a\"\nsecret = \"b\"\nscopes = [\"public-clouds/raed\"]",
                "did you mean \"public-clouds/read\"?",
            ),
        ] {
            let error = refusal(&format!("[[cloud]]\n{text}"));
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn errors_of_users_name_the_user() {
        let user = |more: &str| {
            format!("[[cloud.user]]\nname = \"ann\"\npassword = \"secret\"\nproject = \"research\"\n{more}\n")
        };
        let cloud = |users: &str| format!("[[cloud]]\nname = \"xloud\"\n{users}");
        assert!(Config::parse(&cloud(&user("roles = [\"reader\", \"member\"]"))).is_ok());
        // One user in two projects.
        assert!(Config::parse(&cloud(&(user("") + &user("").replace("research", "sales")))).is_ok());
        for (users, expected) in [
            (user("roles = [\"membr\"]"), "user ann: there is no role \"membr\"; did you mean \"member\"?"),
            (user("colour = 1"), "colour"),
            (user("") + &user(""), "user ann: given twice for the project research"),
            (user("") + &user("").replace("research", "sales").replace("secret", "other"), "user ann: two passwords"),
            (user("").replace("ann", ""), "user: the name"),
        ] {
            let error = refusal(&cloud(&users));
            assert!(error.contains(expected), "{users}: {error}");
        }
    }
}
